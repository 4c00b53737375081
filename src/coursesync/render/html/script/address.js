// The state of the filters in the fragment of the address, by name, so that a link to a view can be shared.
const writeAddress = (model, state) => {
  const said = new URLSearchParams();
  if (state.text.trim()) said.set("search", state.text.trim());
  if (state.marks.size) said.set("class", [...state.marks].sort((one, other) => one - other).map((place) => model.marks[place].key).join(","));
  if (state.department !== NOTHING) said.set("department", model.departments[state.department]);
  if (state.field !== NOTHING) said.set("field", model.fields[state.field].address);
  if (state.risk !== NOTHING) said.set("risk", RISKS[state.risk]);
  if (state.person !== NOTHING) said.set("person", model.people[state.person]);
  if (state.all) said.set("all", "1");
  if (state.order !== "document") said.set("order", state.order);
  if (state.view) said.set("view", state.view);
  if (state.open) said.set("open", `${model.courses[state.open.course].id}/${state.open.field === NOTHING ? "" : model.fields[state.open.field].address}`);
  const fragment = said.toString();
  if (fragment === location.hash.slice(1)) return;
  // Not an entry in the history for every letter typed; and a file without a fragment stays the same file.
  try {
    history.replaceState(null, "", fragment ? `#${fragment}` : location.pathname + location.search);
  } catch {
    location.replace(`#${fragment}`);
  }
};

const readAddress = (model) => {
  const state = freshState();
  const said = new URLSearchParams(location.hash.slice(1));
  const among = (names, name) => (name === null ? NOTHING : names.indexOf(name));
  const addresses = model.fields.map((field) => field.address);
  const keys = model.marks.map((mark) => mark.key);
  state.text = said.get("search") ?? "";
  state.marks = new Set((said.get("class") ?? "").split(",").map((key) => keys.indexOf(key)).filter((place) => place >= 0));
  state.department = among(model.departments, said.get("department"));
  state.field = among(addresses, said.get("field"));
  state.risk = among(RISKS, said.get("risk"));
  state.person = among(model.people, said.get("person"));
  state.all = said.get("all") === "1";
  state.order = said.get("order") in ORDERS ? said.get("order") : "document";
  state.view = ["matrix", "list"].includes(said.get("view")) ? said.get("view") : "";
  state.open = readOpen(model, addresses, said.get("open"));
  return state;
};

const readOpen = (model, addresses, said) => {
  if (!said) return null;
  const slash = said.indexOf("/");
  const course = model.courses.findIndex((each) => each.id === said.slice(0, slash));
  const address = said.slice(slash + 1);
  const field = addresses.indexOf(address);
  return course < 0 || (address && field < 0) ? null : { course, field };
};
