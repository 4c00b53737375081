// The same differences as a list: for small screens, for paper, and for whoever likes to read.
const LIST_STEP = 50;
const PHONE_STEP = 20;
const MOST_ON_PAPER = 3000;
const MOST_IN_LIST = 160;

const makeList = (model, page, place) => {
  const [before, after] = model.labels;
  const body = make("tbody");
  const more = make("button", { type: "button", class: "more", onclick: () => grow() });
  const rest = make("p", { class: "list-rest" });
  const nothing = make("p", { class: "empty" });
  const table = make(
    "table",
    {},
    make("caption", { class: "hidden-text", text: "What there is to look at, course by course" }),
    make("thead", {}, make("tr", {}, ...["Course", "Field", "What", before, after, "More"].map((text) => make("th", { scope: "col", text })))),
    body,
  );
  place.replaceChildren(table, nothing, more, rest);

  let items = [];
  let size = 0;

  const step = () => (narrow.matches ? PHONE_STEP : LIST_STEP);

  const show = (found, most = step()) => {
    items = [];
    for (const course of found.courses) {
      if (course.problem) items.push({ course, entry: NOTHING });
      for (let entry = course.first; entry < course.end; entry += 1) if (found.matched[entry]) items.push({ course, entry });
    }
    size = 0;
    nothing.textContent = emptiness(page.state());
    body.replaceChildren();
    grow(most);
  };

  const grow = (most = step()) => {
    const added = items.slice(size, size + most);
    const focus = document.activeElement === more;
    body.append(...added.map(line));
    if (focus) body.children[size]?.querySelector("button")?.focus();
    size += added.length;
    table.hidden = items.length === 0;
    nothing.hidden = items.length > 0;
    more.hidden = size >= items.length;
    more.textContent = `Show ${number(Math.min(step(), items.length - size))} more`;
    rest.textContent = size < items.length ? `${number(size)} of ${number(items.length)} are listed.` : "";
  };

  const line = ({ course, entry }) => {
    const name = course.name === course.label ? null : make("bdi", { class: "list-name", text: course.name });
    const first = make("th", { scope: "row", class: "list-course" }, make("button", { type: "button", class: "link", onclick: () => page.open({ course: course.index, field: NOTHING }) }, make("bdi", { text: course.label })), name ? " " : null, name);
    return make("tr", {}, first, ...(entry === NOTHING ? endedCells(course) : entryCells(course, entry)));
  };

  const endedCells = (course) => [
    make("td", { class: "list-field" }),
    make("td", { class: "list-mark" }, make("span", { class: "badge mark-failed", text: "ended early" })),
    make("td", { class: "list-value" }),
    make("td", { class: "list-value" }),
    make("td", { class: "list-more" }, make("bdi", { text: course.problem })),
  ];

  const entryCells = (course, entry) => {
    const { entries } = model;
    const field = model.fields[entries.field[entry]];
    const mark = model.marks[entries.mark[entry]];
    const detail = model.detail(entries.detail[entry]);
    return [
      make("td", { class: "list-field" }, make("button", { type: "button", class: "link", onclick: () => page.open({ course: course.index, field: field.place }) }, fieldName(field))),
      make("td", { class: "list-mark" }, badge(mark), riskBadge(detail)),
      valueCell(detail, "live", before),
      valueCell(detail, "desired", after),
      make("td", { class: "list-more" }, ...moreOf(detail, mark, entries.blame[entry]).map((text) => make("bdi", { text }))),
    ];
  };

  const valueCell = (detail, name, label) => {
    const said = detail === null ? NOTHING : detail.values[name];
    const text = said === NOTHING ? "" : (model.seen(said) ?? model.text(said)) || "(empty)";
    return make("td", { class: "list-value", "data-label": label }, make("bdi", { text: text.length > MOST_IN_LIST ? `${text.slice(0, MOST_IN_LIST)}…` : text }));
  };

  const moreOf = (detail, mark, changed) => {
    if (detail === null) return [];
    const blame = changed === NOTHING ? null : model.blames[changed];
    const last = detail.origin[detail.origin.length - 1];
    const read = model.kind === "apply" && detail.values.read !== NOTHING && detail.values.read !== detail.values.desired ? `${model.labels[3].toLowerCase()}: ${model.text(detail.values.read).slice(0, MOST_IN_LIST)}` : "";
    return [detail.word === mark.name ? "" : detail.word, read, blame && `${blame.name}, ${blame.at}`, last && last.place, detail.message].filter(Boolean);
  };

  return { show, showAll: (found) => show(found, MOST_ON_PAPER) };
};
