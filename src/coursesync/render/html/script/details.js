// All there is to say of one field of one course, in a dialog at the side.
const SOURCES = { api: "through the API", manual: "in the web pages", sis: "by a SIS import" };

// What can be compared with what; the first pair of which both are known is shown first.
const PAIRS = {
  drift: [["live", "desired"], ["base", "live"], ["base", "desired"]],
  plan: [["live", "desired"]],
  apply: [["desired", "read"], ["live", "desired"], ["live", "read"]],
};
const ORDER_OF_VALUES = { drift: ["base", "desired", "live"], plan: ["live", "desired"], apply: ["live", "desired", "read"] };

const makeDetails = (model, page) => {
  const title = make("h2", { id: "details-title" });
  const where = make("p", { class: "details-place" });
  const body = make("div", { class: "details-body", tabindex: "0", role: "region", "aria-labelledby": "details-title" });
  const back = make("button", { type: "button", class: "ghost", text: "‹ Previous", onclick: () => step(-1) });
  const next = make("button", { type: "button", class: "ghost", text: "Next ›", onclick: () => step(1) });
  const close = make("button", { type: "button", class: "ghost close", text: "Close", onclick: () => dialog.close() });
  const dialog = make(
    "dialog",
    { class: "details", "aria-labelledby": "details-title" },
    make("div", { class: "details-head" }, make("div", { class: "details-bar" }, back, where, next, close), title),
    body,
  );
  document.body.append(dialog);
  dialog.addEventListener("close", () => {
    page.closed();
  });
  // A click beside the dialog closes it.
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by && !event.target.closest("select, input")) step(by);
  });
  let shown = null;

  const step = (by) => {
    const entries = page.sequence();
    const at = entries.indexOf(shown.entry);
    const place = entries[at + by];
    if (place !== undefined) page.open({ course: model.entries.course[place], field: model.entries.field[place] });
  };

  const show = (open) => {
    const course = model.courses[open.course];
    const field = open.field === NOTHING ? null : model.fields[open.field];
    const entry = field === null ? NOTHING : model.entries.cells[open.course * model.entries.width + open.field] - 1;
    shown = { entry };
    const entries = page.sequence();
    const at = entries.indexOf(entry);
    where.textContent = at < 0 ? "" : `${number(at + 1)} of ${number(entries.length)}`;
    back.hidden = at < 0;
    next.hidden = at < 0;
    back.disabled = at === 0;
    next.disabled = at === entries.length - 1;
    title.replaceChildren(field ? fieldName(field) : make("bdi", { text: course.label }));
    body.replaceChildren(courseHead(model, course, field === null), ...(field ? cellParts(model, course, field, page) : courseParts(model, course, page)));
    body.scrollTop = 0;
    if (!dialog.open) dialog.showModal();
    (at < 0 ? close : body).focus();
  };
  return { show, close: () => dialog.close(), isOpen: () => dialog.open };
};

const courseHead = (model, course, whole) => {
  const links = model.canvas === "" ? null : make(
    "p",
    { class: "links" },
    canvasLink(model, course.id, "Open in Canvas"),
    canvasLink(model, `${course.id}/settings`, "Settings in Canvas"),
  );
  const department = course.department === NOTHING ? "" : model.departments[course.department];
  return make(
    "div",
    { class: "details-course" },
    whole ? null : make("p", { class: "details-label" }, make("bdi", { text: course.label })),
    make("p", { class: "details-name" }, make("bdi", { text: course.name })),
    make("p", { class: "muted" }, make("bdi", { text: [`course ${course.id}`, course.state, department].filter(Boolean).join(" · ") })),
    course.place ? make("p", { class: "muted" }, "Declared at ", make("code", {}, make("bdi", { text: course.place }))) : null,
    course.problem ? make("p", { class: "callout tone-bad", text: course.problem }) : null,
    links,
  );
};

// model.canvas is empty unless it is an address of the web, and what follows it is a number.
const canvasLink = (model, path, text) =>
  make("a", { href: `${model.canvas}/courses/${path}`, target: "_blank", rel: "noopener noreferrer", text });

const courseParts = (model, course, page) => {
  const items = [];
  const quiet = new Map();
  for (let place = course.first; place < course.end; place += 1) {
    const mark = model.marks[model.entries.mark[place]];
    const field = model.fields[model.entries.field[place]];
    if (mark.quiet) quiet.set(mark, [...(quiet.get(mark) ?? []), field]);
    else items.push(make("li", {}, badge(mark), make("button", { type: "button", class: "link", onclick: () => page.open({ course: course.index, field: field.place }) }, fieldName(field))));
  }
  return [
    items.length ? make("ul", { class: "course-fields" }, ...items) : make("p", { class: "empty", text: "Nothing to look at in this course." }),
    ...[...quiet].map(([mark, fields]) =>
      make("details", {}, make("summary", {}, badge(mark), ` ${count(fields.length, "field")}`), make("p", { class: "quiet-fields" }, ...fields.flatMap((field) => [fieldName(field), " "]))),
    ),
  ];
};

const cellParts = (model, course, field, page) => {
  const doc = field.doc ? [make("p", { class: "doc", text: field.doc })] : [];
  const found = [];
  for (let place = course.first; place < course.end; place += 1) {
    if (model.entries.field[place] === field.place) found.push(entryPart(model, place, page));
  }
  return [...doc, ...(found.length ? found : [make("p", { class: "empty", text: "This report says nothing of this field in this course." })])];
};

const entryPart = (model, place, page) => {
  const { entries } = model;
  const mark = model.marks[entries.mark[place]];
  const detail = model.detail(entries.detail[place]);
  const blame = entries.blame[place] === NOTHING ? null : model.blames[entries.blame[place]];
  const box = make("section", { class: "entry" }, make("p", { class: "entry-head" }, badge(mark), riskBadge(detail), wordBadge(mark, detail)), make("p", { class: "muted", text: mark.meaning }));
  if (detail === null) return box;
  if (detail.message) box.append(make("p", { class: "callout", dir: "auto", text: detail.message }));
  box.append(...valueParts(model, detail));
  box.append(...[partsPart(model, detail), notesPart(detail), blamePart(model, blame), originPart(detail), alikePart(model, place, page), changePart(entries.change.get(place))].filter(Boolean));
  return box;
};

const riskBadge = (detail) => (detail === null || detail.risk === "safe" ? null : make("span", { class: `badge risk risk-${detail.risk}`, text: detail.risk }));
const wordBadge = (mark, detail) => (detail === null || !detail.word || detail.word === mark.name ? null : make("span", { class: "badge word", text: detail.word }));

const valueParts = (model, detail) => {
  const known = ORDER_OF_VALUES[model.kind].filter((name) => detail.values[name] !== NOTHING);
  if (known.length === 0) return [];
  if (detail.prose) return [prosePart(model, detail, known)];
  const rows = known.map((name) =>
    make("div", { class: "value" }, make("dt", { text: labelOf(model, name) }), make("dd", {}, make("bdi", { class: sideOf(detail.values, name), text: model.text(detail.values[name]) }))),
  );
  return [make("h3", { text: "Values" }), make("dl", { class: "values" }, ...rows)];
};

// What is wanted and what is found have the colours of what is put in and taken out, where they differ.
const sideOf = (values, name) => {
  if (values.live === values.desired && values.read === values.desired) return null;
  if (name === "read") return values.read === values.desired ? "come" : "gone";
  if (values.live === values.desired || values.live === NOTHING || values.desired === NOTHING) return null;
  return { live: "gone", desired: "come" }[name];
};

const labelOf = (model, name) => model.labels[VALUES.indexOf(name)];

const prosePart = (model, detail, known) => {
  const seen = known.every((name) => model.seen(detail.values[name]) !== null || model.text(detail.values[name]) === "");
  const pairs = PAIRS[model.kind].filter((pair) => pair.every((name) => known.includes(name)));
  const choices = pairs.length ? pairs : [[known[0]]];
  const texts = (name, source) => {
    const place = detail.values[name];
    return source ? model.text(place) : (model.seen(place) ?? model.text(place));
  };
  const same = (pair, source) => pair.length === 2 && texts(pair[0], source) === texts(pair[1], source);
  // What comes first is what differs: where no reader would see it, the source.
  let pair = choices.find((each) => !same(each, true)) ?? choices[0];
  let source = !seen || (same(pair, false) && !same(pair, true));
  const box = make("div", { class: "prose" });
  const draw = () => {
    const only = pair.length === 1;
    const said = same(pair, source) ? make("p", { class: "muted", text: source || same(pair, true) ? "The two are the same." : "What a reader sees is the same; the source differs." }) : null;
    box.replaceChildren(...[
      choices.length > 1 ? choiceOf("Compare", choices, pair, (each) => each.map((name) => labelOf(model, name)).join(" → "), (each) => { pair = each; draw(); }) : make("p", { class: "muted", text: pair.map((name) => labelOf(model, name)).join(" → ") }),
      seen ? choiceOf("Show", [false, true], source, (each) => (each ? "Source" : "Text"), (each) => { source = each; draw(); }) : null,
      said,
      only ? make("div", { class: "words", dir: "auto", text: texts(pair[0], source) }) : showWords(texts(pair[0], source), texts(pair[1], source)),
    ].filter(Boolean));
    box.classList.toggle("source", source);
  };
  draw();
  return make("div", {}, make("h3", { text: "Text" }), box);
};

const choiceOf = (label, choices, chosen, name, choose) =>
  make(
    "div",
    { class: "choice", role: "group", "aria-label": label },
    ...choices.map((each) => make("button", { type: "button", "aria-pressed": String(each === chosen), text: name(each), onclick: (event) => {
      const group = event.target.parentNode;
      const at = [...group.children].indexOf(event.target);
      const box = group.parentNode;
      const groups = [...box.children].indexOf(group);
      choose(each);
      // The group was made anew, and the keyboard stays where it was.
      box.children[groups]?.children[at]?.focus();
    } })),
  );

const partsPart = (model, detail) => {
  if (detail.parts.length === 0) return null;
  const [before, after] = model.labels;
  return make(
    "div",
    {},
    make("h3", { text: "Key by key" }),
    make(
      "table",
      { class: "parts" },
      make("thead", {}, make("tr", {}, ...["Key", before, after].map((text) => make("th", { scope: "col", text })))),
      make("tbody", {}, ...detail.parts.map(([key, one, other]) => make("tr", {}, make("th", { scope: "row" }, make("code", { text: key })), make("td", {}, make("bdi", { text: one })), make("td", {}, make("bdi", { text: other }))))),
    ),
  );
};

const notesPart = (detail) => (detail.notes.length ? make("div", {}, make("h3", { text: "Notes" }), make("ul", { class: "notes" }, ...detail.notes.map((text) => make("li", { dir: "auto", text })))) : null);

const blamePart = (model, blame) => {
  if (blame === null) return null;
  const how = [SOURCES[blame.source] ?? blame.source, blame.event && `event “${blame.event}”`, blame.batch && `SIS import ${blame.batch}`].filter(Boolean).join(", ");
  return make(
    "div",
    { class: "blame" },
    make("h3", { text: "Who changed it in Canvas" }),
    make("p", {}, make("bdi", { class: "person", text: blame.name })),
    make("p", {}, make("bdi", { text: `${blame.at}${how ? `, ${how}` : ""}` })),
    blame.copied ? make("p", {}, "Copied from ", model.canvas && /^\d+$/u.test(blame.copied) ? canvasLink(model, blame.copied, `course ${blame.copied}`) : `course ${blame.copied}`) : null,
    make("p", { class: "muted", text: blame.exact ? "This event gave the field the value it has now." : "The last event that names this field; the log does not show that it gave this value." }),
  );
};

const originPart = (detail) => {
  if (detail.origin.length === 0) return null;
  const last = detail.origin.length - 1;
  const item = ({ place, layer }, at) =>
    make("li", { class: at === last ? "wins" : null }, make("code", {}, make("bdi", { text: place })), " ", make("bdi", { class: "layer", text: layer }), at === last && last > 0 ? make("span", { class: "badge word", text: "wins" }) : null);
  return make("div", {}, make("h3", { text: "Declared at" }), last > 0 ? make("p", { class: "muted", text: "Weakest layer first; the last one wins." }) : null, make("ol", { class: "layers" }, ...detail.origin.map(item)));
};

const alikePart = (model, place, page) => {
  const { entries } = model;
  let alike = 0;
  for (let other = 0; other < entries.size; other += 1) {
    if (entries.detail[other] === entries.detail[place] && entries.field[other] === entries.field[place] && entries.mark[other] === entries.mark[place]) alike += 1;
  }
  if (alike < 2) return null;
  return make(
    "p",
    { class: "alike" },
    `Exactly the same in ${count(alike - 1, "other course")}. `,
    make("button", { type: "button", class: "link", text: "Show all with this mark on this field", onclick: () => page.only(entries.field[place], entries.mark[place]) }),
  );
};

const changePart = (change) => (change ? make("p", { class: "muted" }, "Change ", make("code", { class: "change", text: change })) : null);
