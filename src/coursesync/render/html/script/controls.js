// What a person can ask for: marks, search, choices, the panels of what many share, and the view.
const makeControls = (model, page) => {
  const cards = markButtons(model, page, byId("cards"));
  const chips = makeChips(model, page);
  const clear = make("button", { type: "button", class: "clear", text: "Clear filters", onclick: () => page.clear() });
  byId("found").parentNode.append(clear);
  const filters = makeFilters(model, page);
  const panels = makePanels(model, page);
  const views = makeViews(page);
  const found = byId("found");

  const show = (result, state) => {
    cards(result, state);
    chips(result, state);
    filters(result, state);
    panels(result, state);
    views(state);
    clear.hidden = !isFiltered(state);
    const said = sentence(model, result, state);
    if (found.textContent !== said) found.textContent = said;
  };
  return { show };
};

const sentence = (model, result, state) => {
  if (result.size === 0 && result.courses.length === 0 && !isFiltered(state)) return `Nothing to look at in ${count(model.courses.length, "course")}.`;
  const where = `${number(result.courses.length)} of ${count(model.courses.length, "course")}`;
  const what = `${count(result.size, "field")} in ${where}`;
  if (isFiltered(state)) return `${what} match.`;
  return state.all ? `${what}, everything shown.` : `${what} to look at.`;
};

// The counters of the page become buttons.
const markButtons = (model, page, list) => {
  const buttons = new Map();
  for (const item of list.children) {
    const mark = model.marks.find((each) => each.key === item.dataset.mark);
    const button = make("button", { type: "button", class: item.className, "aria-pressed": "false", title: item.title, onclick: () => page.toggle(mark.place) }, ...item.childNodes);
    item.removeAttribute("title");
    item.className = mark.quiet ? "quiet" : "";
    item.replaceChildren(button);
    buttons.set(mark.place, button);
  }
  return (result, state) => {
    for (const [place, button] of buttons) button.setAttribute("aria-pressed", String(state.marks.has(place)));
  };
};

const makeChips = (model, page) => {
  const chips = model.marks.map((mark) => {
    const amount = make("span", { class: "chip-count" });
    const button = make("button", { type: "button", class: `chip mark-${mark.key}`, "aria-pressed": "false", title: mark.meaning, onclick: () => page.toggle(mark.place) }, make("span", { class: "chip-symbol", "aria-hidden": "true", text: mark.symbol }), ` ${mark.name} `, amount);
    byId("legend").append(button);
    return { mark, button, amount };
  });
  return (result, state) => {
    for (const { mark, button, amount } of chips) {
      button.setAttribute("aria-pressed", String(state.marks.has(mark.place)));
      button.classList.toggle("none", result.marks[mark.place] === 0);
      amount.textContent = number(result.marks[mark.place]);
    }
  };
};

const labelled = (label, control, kind) => make("div", { class: `control ${kind}` }, make("label", { for: control.id, text: label }), control);

const makeFilters = (model, page) => {
  const place = byId("filters");
  const search = make("input", { type: "search", id: "search", placeholder: "SIS id, name or number", autocomplete: "off", spellcheck: "false", oninput: () => page.filter({ text: search.value }) });
  const all = make("input", { type: "checkbox", id: "all", onchange: () => page.filter({ all: all.checked }) });
  const fields = choice("field", "Field", "All fields", model.fields.map((field) => field.address), (value) => page.filter({ field: value }), (at) => model.fields[at].group);
  const departments = choice("department", "Department", "All departments", model.departments, (value) => page.filter({ department: value }));
  const risks = choice("risk", "Risk", "Any risk", RISKS, (value) => page.filter({ risk: value }));
  const people = choice("person", "Changed by", "Anybody", model.people, (value) => page.filter({ person: value }));
  const order = make("select", { id: "order", onchange: () => page.filter({ order: order.value }) }, ...Object.entries(ORDERS).map(([value, text]) => make("option", { value, text })));
  place.append(
    ...[
      labelled("Search courses", search, "wide"),
      departments.node,
      fields.node,
      people.node,
      model.risks.some((risk) => risk > 0) ? risks.node : null,
    ].filter(Boolean),
  );
  byId("found").parentNode.append(
    labelled("Order", order, "inline"),
    make("div", { class: "control check" }, all, make("label", { for: "all", text: "Show all" })),
  );
  return (result, state) => {
    if (search.value.trim() !== state.text.trim()) search.value = state.text;
    all.checked = state.all;
    order.value = state.order;
    fields.show(state.field, result.fields);
    departments.show(state.department, result.departments);
    people.show(state.person, result.people);
    risks.show(state.risk, result.risks);
  };
};

// A choice of one or all, with how many each would show.
const choice = (id, label, anything, names, choose, groupOf) => {
  const select = make("select", { id, onchange: () => choose(Number(select.value)) }, make("option", { value: String(NOTHING), text: anything }));
  const options = names.map((name, at) => make("option", { value: String(at), text: name }));
  const order = names.map((_, at) => at);
  if (!groupOf) order.sort((one, other) => collator.compare(names[one], names[other]));
  const groups = new Map();
  for (const at of order) {
    const group = groupOf?.(at);
    if (group && !groups.has(group)) groups.set(group, make("optgroup", { label: group }));
    (group ? groups.get(group) : select).append(options[at]);
  }
  select.append(...groups.values());
  return {
    node: names.length > (id === "field" ? 0 : 1) || id === "risk" ? labelled(label, select, "") : null,
    show: (chosen, counts) => {
      options.forEach((option, at) => {
        const text = `${names[at]} (${number(counts[at])})`;
        if (option.textContent !== text) option.textContent = text;
      });
      select.value = String(chosen);
      select.classList.toggle("set", chosen !== NOTHING);
    },
  };
};

// What many courses share: by field, by department, by person; a click filters.
const makePanels = (model, page) => {
  const place = byId("panels");
  const panels = [
    makePanel(model, place, "By field", model.fields.map((field) => () => make("span", { title: field.address }, breakable(field.name))), (value) => page.filter({ field: value })),
    makePanel(model, place, "By department", model.departments.map((text) => () => make("bdi", { text })), (value) => page.filter({ department: value })),
    makePanel(model, place, "By person", model.people.map((text) => () => make("bdi", { text })), (value) => page.filter({ person: value })),
  ];
  return (result, state) => {
    panels[0](result.fields, result.fieldMarks, state.field, state);
    panels[1](result.departments, result.departmentMarks, state.department, state);
    panels[2](result.people, result.personMarks, state.person, state);
  };
};

// Everybody who teaches may have changed something; a panel is for those who changed much.
const MOST_IN_PANEL = 60;

const makePanel = (model, place, title, names, choose) => {
  if (names.length < (title === "By department" ? 2 : 1)) return () => {};
  const body = make("tbody");
  const rest = make("p", { class: "panel-rest" });
  const id = `panel-${title.slice(3)}`;
  const panel = make("section", { class: "panel", "aria-labelledby": id }, make("h3", { id, text: title }), make("div", { class: "panel-scroll" }, make("table", {}, make("colgroup", {}, make("col", { class: "col-name" }), make("col"), make("col", { class: "col-amount" })), make("thead", { class: "hidden-text" }, make("tr", {}, make("th", { scope: "col", text: title.slice(3) }), make("th", { scope: "col", text: "Marks" }), make("th", { scope: "col", text: "Fields" }))), body), rest));
  place.append(panel);
  const rows = names.map((name) => panelRow(name()));
  return (counts, byMark, chosen, state) => {
    const wanted = wantedMarks(model, state);
    const most = Math.max(1, ...counts);
    const shown = rows.map((row, at) => at).filter((at) => counts[at] > 0 || at === chosen);
    shown.sort((one, other) => counts[other] - counts[one] || one - other);
    rest.textContent = shown.length > MOST_IN_PANEL ? `and ${number(shown.length - MOST_IN_PANEL)} more, in the filters below` : "";
    shown.splice(MOST_IN_PANEL);
    for (const at of shown) rows[at].show(model, wanted, counts[at], byMark, at, most, at === chosen, () => choose(at === chosen ? NOTHING : at));
    const focus = document.activeElement;
    body.replaceChildren(...shown.map((at) => rows[at].node));
    if (body.contains(focus)) focus.focus();
    panel.hidden = shown.length === 0;
  };
};

const panelRow = (name) => {
  let use = null;
  const button = make("button", { type: "button", class: "link", "aria-pressed": "false", onclick: () => use() }, name);
  const bar = make("span", { class: "bar-marks" });
  const amount = make("td", { class: "amount" });
  const node = make("tr", {}, make("th", { scope: "row" }, button), make("td", {}, bar), amount);
  const show = (model, wanted, total, byMark, at, most, chosen, chooses) => {
    use = chooses;
    button.setAttribute("aria-pressed", String(chosen));
    node.classList.toggle("chosen", chosen);
    amount.textContent = number(total);
    const parts = model.marks.filter((mark) => wanted[mark.place] && byMark[at * model.marks.length + mark.place] > 0);
    bar.replaceChildren(...parts.map((mark) => {
      const size = byMark[at * model.marks.length + mark.place];
      const part = make("span", { class: `bar-part mark-${mark.key}`, title: `${number(size)} ${mark.name}` }, make("span", { "aria-hidden": "true", text: mark.symbol }), make("span", { class: "hidden-text", text: `${number(size)} ${mark.name} ` }));
      part.style.flexGrow = String(size);
      return part;
    }));
    bar.style.width = `${Math.max(4, Math.round((100 * total) / most))}%`;
  };
  return { node, show };
};

const makeViews = (page) => {
  const buttons = ["matrix", "list"].map((view) => {
    const button = make("button", { type: "button", "aria-pressed": "false", text: view === "matrix" ? "Matrix" : "List", onclick: () => page.view(view) });
    byId("views").append(button);
    return [view, button];
  });
  return (state) => {
    for (const [view, button] of buttons) button.setAttribute("aria-pressed", String(viewOf(state) === view));
  };
};

// A matrix has no room on a phone; there the list comes first.
const narrow = matchMedia("(max-width: 640px)");
const viewOf = (state) => state.view || (narrow.matches ? "list" : "matrix");
