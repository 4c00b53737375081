// Courses by fields. Only the rows in sight are in the page; the keyboard walks through all of them.
const SPARE_ROWS = 8;

const makeMatrix = (model, page, place) => {
  const head = make("thead");
  const body = make("tbody");
  const above = make("tr", { class: "spacer", "aria-hidden": "true" }, make("td"));
  const below = make("tr", { class: "spacer", "aria-hidden": "true" }, make("td"));
  const columns = make("colgroup");
  const table = make("table", { role: "grid", "aria-label": "Courses and fields; press Enter on a cell for its details" }, columns, head, body);
  const scroller = make("div", { class: "matrix-scroll", tabindex: "-1" }, table);
  const nothing = make("p", { class: "empty" });
  place.append(scroller, nothing);
  body.append(above, below);

  let found = null;
  let rowHeight = 44;
  let rows = new Map();
  // Where the keyboard is: row NOTHING is that of the names of the fields, column 0 that of the courses.
  let active = { row: 0, column: 0 };

  const show = (result) => {
    found = result;
    const any = found.courses.length > 0;
    scroller.hidden = !any;
    nothing.hidden = any;
    nothing.textContent = emptiness(page.state());
    active = { row: Math.min(active.row, found.courses.length - 1), column: Math.min(active.column, found.fieldList.length) };
    for (const row of rows.values()) row.remove();
    rows = new Map();
    drawHead();
    table.setAttribute("aria-rowcount", String(found.courses.length + 1));
    table.setAttribute("aria-colcount", String(found.fieldList.length + 1));
    scroller.scrollTop = Math.min(scroller.scrollTop, found.courses.length * rowHeight);
    draw();
  };

  const drawHead = () => {
    table.style.setProperty("--fields", String(found.fieldList.length));
    for (const spacer of [above, below]) spacer.firstChild.colSpan = found.fieldList.length + 1;
    columns.replaceChildren(make("col", { class: "col-course" }), ...found.fieldList.map(() => make("col", { class: "col-field" })));
    const groups = new Map();
    for (const field of found.fieldList) groups.set(field.group, (groups.get(field.group) ?? 0) + 1);
    head.replaceChildren(
      make("tr", { class: "groups", "aria-hidden": "true" }, make("td"), ...[...groups].map(([name, width]) => make("td", { colspan: String(width), class: width < 3 ? "narrow" : null }, make("span", { text: name })))),
      make("tr", { class: "names", "aria-rowindex": "1" }, cornerCell(), ...found.fieldList.map(headCell)),
    );
    scroller.style.scrollPaddingTop = `${head.offsetHeight}px`;
    scroller.style.scrollPaddingLeft = `${head.querySelector(".corner").offsetWidth}px`;
  };

  const cornerCell = () => make("th", { scope: "col", class: "corner", tabindex: tabindex(NOTHING, 0), text: "Course" });

  const headCell = (field, at) => {
    const only = page.state().field === field.place;
    return make(
      "th",
      {
        scope: "col", class: only ? "only" : null, tabindex: tabindex(NOTHING, at + 1), "data-field": String(field.place), title: field.doc,
        "aria-label": `${field.address}, ${count(found.fields[field.place], "field")}`,
      },
      make("span", { class: "vertical" }, breakable(field.name)),
    );
  };

  const tabindex = (row, column) => (row === active.row && column === active.column ? "0" : "-1");

  const draw = () => {
    if (found === null || scroller.hidden) return;
    const inSight = Math.ceil((scroller.clientHeight - head.offsetHeight) / rowHeight);
    const first = Math.max(0, Math.floor(scroller.scrollTop / rowHeight) - SPARE_ROWS);
    const end = Math.min(found.courses.length, first + inSight + 2 * SPARE_ROWS + 1);
    keepFocus(first, end);
    for (const [at, row] of rows) {
      if (at < first || at >= end) {
        row.remove();
        rows.delete(at);
      }
    }
    let anchor = above;
    for (let at = first; at < end; at += 1) {
      if (!rows.has(at)) rows.set(at, courseRow(at));
      const row = rows.get(at);
      if (anchor.nextSibling !== row) anchor.after(row);
      anchor = row;
    }
    above.style.height = `${first * rowHeight}px`;
    below.style.height = `${(found.courses.length - end) * rowHeight}px`;
    above.hidden = first === 0;
    below.hidden = end === found.courses.length;
    measure(first);
  };

  // The height of a row follows the size of the text that a person has chosen.
  const measure = (first) => {
    const height = rows.get(first)?.getBoundingClientRect().height;
    if (height && Math.abs(height - rowHeight) > 0.5) {
      rowHeight = height;
      draw();
    }
  };

  // A row that leaves takes the focus along unless somebody takes it first.
  const keepFocus = (first, end) => {
    const row = document.activeElement?.closest?.("tr[data-row]");
    if (row && table.contains(row) && (Number(row.dataset.row) < first || Number(row.dataset.row) >= end)) scroller.focus({ preventScroll: true });
  };

  const courseRow = (at) => {
    const course = found.courses[at];
    return make(
      "tr",
      { "data-row": String(at), "aria-rowindex": String(at + 2), class: at % 2 ? "odd" : null },
      courseCell(course, at),
      ...found.fieldList.map((field, column) => fieldCell(course, field, at, column + 1)),
    );
  };

  const courseCell = (course, at) =>
    make(
      "th",
      { scope: "row", tabindex: tabindex(at, 0), class: course.problem ? "course ended" : "course", title: course.name },
      make("span", { class: "course-line" }, make("bdi", { class: "course-label", text: course.label }), make("span", { class: "hits", text: found.hits[course.index] ? number(found.hits[course.index]) : course.problem ? "!" : "" })),
      make("bdi", { class: "course-name", text: course.name }),
    );

  const fieldCell = (course, field, at, column) => {
    const entry = model.entries.cells[course.index * model.entries.width + field.place] - 1;
    if (entry < 0) return make("td", { class: "none", tabindex: tabindex(at, column) });
    // A cell that says several things shows the heaviest of those that were asked for.
    const shown = found.matched[entry] ? entry : firstMatched(course, field, entry);
    const told = model.marks[model.entries.mark[shown]];
    const risk = model.entries.detail[shown] === NOTHING ? 0 : model.risks[model.entries.detail[shown]];
    const said = `${field.name}: ${told.name}${risk ? `, ${RISKS[risk]}` : ""}`;
    const classes = [`mark-${told.key}`, found.matched[shown] ? "hit" : "miss", risk ? "risky" : ""];
    return make("td", { class: classes.filter(Boolean).join(" "), tabindex: tabindex(at, column), "aria-label": said, title: said, text: told.symbol });
  };

  const firstMatched = (course, field, entry) => {
    for (let place = entry; place < course.end; place += 1) {
      if (model.entries.field[place] === field.place && found.matched[place]) return place;
    }
    return entry;
  };

  const cellAt = ({ row, column }) => (row === NOTHING ? head.querySelector("tr.names") : rows.get(row))?.children[column];

  const go = (to) => {
    const row = Math.max(NOTHING, Math.min(found.courses.length - 1, to.row));
    const column = Math.max(0, Math.min(found.fieldList.length, to.column));
    cellAt(active)?.setAttribute("tabindex", "-1");
    active = { row, column };
    bringIntoSight();
    const cell = cellAt(active);
    cell?.setAttribute("tabindex", "0");
    cell?.focus({ preventScroll: true });
  };

  const bringIntoSight = () => {
    if (active.row !== NOTHING && !rows.has(active.row)) {
      scroller.scrollTop = active.row * rowHeight;
      draw();
    }
    // What the names of fields and courses cover is not in sight; see drawHead.
    cellAt(active)?.scrollIntoView({ block: "nearest", inline: "nearest" });
    draw();
  };

  const steps = (event) => {
    const pageful = Math.max(1, Math.floor((scroller.clientHeight - head.offsetHeight) / rowHeight) - 1);
    const far = event.ctrlKey || event.metaKey;
    const { row, column } = active;
    return {
      ArrowUp: { row: row - 1, column },
      ArrowDown: { row: row + 1, column },
      ArrowLeft: { row, column: column - 1 },
      ArrowRight: { row, column: column + 1 },
      PageUp: { row: Math.max(0, row - pageful), column },
      PageDown: { row: row + pageful, column },
      Home: { row: far ? 0 : row, column: 0 },
      End: { row: far ? found.courses.length - 1 : row, column: found.fieldList.length },
    }[event.key];
  };

  const use = () => {
    const { row, column } = active;
    const field = column === 0 ? NOTHING : found.fieldList[column - 1].place;
    if (row !== NOTHING) page.open({ course: found.courses[row].index, field });
    else if (column > 0) page.filter({ field: page.state().field === field ? NOTHING : field });
  };

  table.addEventListener("click", (event) => {
    const cell = event.target.closest("td, th");
    const row = cell?.closest("tr");
    if (!row || row.matches(".spacer, .groups")) return;
    go({ row: row.dataset.row === undefined ? NOTHING : Number(row.dataset.row), column: cell.cellIndex });
    use();
  });
  scroller.addEventListener("keydown", (event) => {
    const to = steps(event);
    if (to) go(to);
    else if (event.key === "Enter" || event.key === " ") use();
    else return;
    event.preventDefault();
  });
  let waiting = false;
  scroller.addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      draw();
    });
  });
  addEventListener("resize", draw);

  return { show, draw, focus: () => go(active) };
};
