const start = () => {
  const model = readModel(JSON.parse(byId("data").textContent));
  let state = readAddress(model);
  let found = select(model, state);
  let opener = null;
  const matrixPlace = byId("matrix");
  const listPlace = byId("list");

  const page = {
    state: () => state,
    sequence: () => sequence(found),
    filter: (wanted) => {
      state = { ...state, ...wanted };
      update();
    },
    toggle: (mark) => {
      const marks = new Set(state.marks);
      if (!marks.delete(mark)) marks.add(mark);
      page.filter({ marks });
    },
    only: (field, mark) => {
      details.close();
      page.filter({ ...freshState(), view: state.view, order: state.order, all: state.all, field, marks: new Set([mark]) });
      byId("results").scrollIntoView();
    },
    clear: () => {
      page.filter({ ...freshState(), view: state.view, order: state.order, all: state.all });
      byId("search").focus();
    },
    view: (view) => page.filter({ view }),
    open: (open) => {
      if (!details.isOpen()) opener = document.activeElement;
      state = { ...state, open };
      writeAddress(model, state);
      details.show(open);
    },
    closed: () => {
      state = { ...state, open: null };
      writeAddress(model, state);
      if (opener?.isConnected && opener !== document.body) opener.focus();
      else if (viewOf(state) === "matrix") matrix.focus();
    },
  };
  const details = makeDetails(model, page);
  const matrix = makeMatrix(model, page, matrixPlace);
  const list = makeList(model, page, listPlace);
  const controls = makeControls(model, page);

  const show = () => {
    const asList = viewOf(state) === "list";
    matrixPlace.hidden = asList;
    listPlace.classList.toggle("shown", asList);
    if (asList) list.show(found);
    else matrix.show(found);
    controls.show(found, state);
  };
  const update = () => {
    found = select(model, state);
    show();
    writeAddress(model, state);
  };

  show();
  if (state.open) details.show(state.open);
  addEventListener("hashchange", () => {
    const before = state.open;
    state = readAddress(model);
    found = select(model, state);
    show();
    if (state.open) details.show(state.open);
    else if (before) details.close();
  });
  narrow.addEventListener("change", show);
  // Paper has no use for the rows in sight of a matrix.
  const paper = matchMedia("print");
  const print = (printing) => (printing ? list.showAll(found) : show());
  addEventListener("beforeprint", () => print(true));
  addEventListener("afterprint", () => print(false));
  paper.addEventListener("change", () => print(paper.matches));
  byId("skip").addEventListener("click", (event) => {
    // The fragment holds the filters.
    event.preventDefault();
    byId("results").focus();
    byId("results").scrollIntoView();
  });
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.closest("input, select, textarea, dialog")) {
      event.preventDefault();
      byId("search").focus();
    }
  });
  document.documentElement.dataset.ready = "true";
};

start();
