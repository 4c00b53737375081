// Elements are made here and nowhere else, and text is only ever set as text.
const make = (tag, options = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
};

const byId = (id) => document.getElementById(id);

const digits = new Intl.NumberFormat("en");
const number = (value) => digits.format(value);
const count = (value, word) => `${number(value)} ${word}${value === 1 ? "" : "s"}`;

// A name may be broken where a person would break it.
const breakable = (text) => {
  const found = document.createDocumentFragment();
  for (const part of text.split(/(?<=[_.])/u)) found.append(part, make("wbr"));
  return found;
};

const badge = (mark, word = mark.name) =>
  make(
    "span",
    { class: `badge mark-${mark.key}` },
    make("span", { class: "badge-symbol", "aria-hidden": "true", text: mark.symbol }),
    ` ${word}`,
  );

const fieldName = (field) =>
  make("code", { class: "field-name" }, make("span", { class: "field-group", text: `${field.group}.` }), breakable(field.name));
