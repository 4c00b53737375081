// What is asked for, and what of the model answers to it.
const ORDERS = {
  document: "as in the report",
  most: "most to look at first",
  label: "by SIS id",
  name: "by name",
  department: "by department",
};

const freshState = () => ({
  text: "", marks: new Set(), department: NOTHING, field: NOTHING, risk: NOTHING, person: NOTHING,
  all: false, order: "document", view: "", open: null,
});

const isFiltered = (state) =>
  state.text.trim() !== "" || state.marks.size > 0 || state.department !== NOTHING || state.field !== NOTHING ||
  state.risk !== NOTHING || state.person !== NOTHING;

const emptiness = (state) => (isFiltered(state) ? "Nothing matches these filters." : "Nothing to look at. “Show all” shows what is in sync.");

// One bit for each filter that an entry fails, so that one walk counts what each filter alone would let through.
const FAILS = { mark: 1, department: 2, field: 4, risk: 8, person: 16 };

// Where no mark is asked for, quiet ones are left out unless everything is.
const wantedMarks = (model, state) =>
  model.marks.map((mark) => (state.marks.size > 0 ? state.marks.has(mark.place) : state.all || !mark.quiet));

const select = (model, state) => {
  const { courses, entries, marks, fields } = model;
  const wanted = wantedMarks(model, state);
  const words = state.text.trim().toLowerCase().split(/\s+/u).filter(Boolean);
  const onlyWhole = state.marks.size === 0 && state.field === NOTHING && state.risk === NOTHING && state.person === NOTHING;
  const found = {
    matched: new Uint8Array(entries.size), size: 0, courses: [], hits: new Uint32Array(courses.length),
    marks: new Uint32Array(marks.length), departments: new Uint32Array(model.departments.length),
    fields: new Uint32Array(fields.length), risks: new Uint32Array(RISKS.length),
    people: new Uint32Array(model.people.length),
    fieldMarks: new Uint32Array(fields.length * marks.length),
    departmentMarks: new Uint32Array(model.departments.length * marks.length),
    personMarks: new Uint32Array(model.people.length * marks.length),
    shown: new Uint8Array(fields.length),
  };
  for (const course of courses) {
    if (!words.every((word) => course.words.includes(word))) continue;
    const elsewhere = state.department !== NOTHING && course.department !== state.department ? FAILS.department : 0;
    for (let place = course.first; place < course.end; place += 1) {
      countEntry(model, state, found, wanted, place, course, elsewhere);
    }
    if (found.hits[course.index] > 0 || (course.problem && onlyWhole && !elsewhere)) found.courses.push(course);
  }
  sortCourses(model, state, found);
  found.fieldList = fields.filter((field) => (state.all && state.field === NOTHING) || found.shown[field.place]);
  return found;
};

const countEntry = (model, state, found, wanted, place, course, elsewhere) => {
  const { entries, marks } = model;
  const field = entries.field[place];
  const mark = entries.mark[place];
  const detail = entries.detail[place];
  const risk = detail === NOTHING ? 0 : model.risks[detail];
  const blame = entries.blame[place];
  const person = blame === NOTHING ? NOTHING : model.blames[blame].person;
  let fails = elsewhere;
  if (!wanted[mark]) fails |= FAILS.mark;
  if (state.field !== NOTHING && state.field !== field) fails |= FAILS.field;
  if (state.risk !== NOTHING && state.risk !== risk) fails |= FAILS.risk;
  if (state.person !== NOTHING && state.person !== person) fails |= FAILS.person;
  if ((fails & ~FAILS.mark) === 0) found.marks[mark] += 1;
  if ((fails & ~FAILS.risk) === 0) found.risks[risk] += 1;
  if ((fails & ~FAILS.field) === 0) {
    found.fields[field] += 1;
    found.fieldMarks[field * marks.length + mark] += 1;
  }
  if ((fails & ~FAILS.department) === 0 && course.department !== NOTHING) {
    found.departments[course.department] += 1;
    found.departmentMarks[course.department * marks.length + mark] += 1;
  }
  if ((fails & ~FAILS.person) === 0 && person !== NOTHING) {
    found.people[person] += 1;
    found.personMarks[person * marks.length + mark] += 1;
  }
  if (fails !== 0) return;
  found.matched[place] = 1;
  found.hits[course.index] += 1;
  found.shown[field] = 1;
  found.size += 1;
};

const collator = new Intl.Collator("en", { numeric: true });

const sortCourses = (model, state, found) => {
  const department = (course) => (course.department === NOTHING ? "" : model.departments[course.department]);
  const orders = {
    most: (one, other) => found.hits[other.index] - found.hits[one.index],
    label: (one, other) => collator.compare(one.label, other.label),
    name: (one, other) => collator.compare(one.name, other.name),
    department: (one, other) => collator.compare(department(one), department(other)),
  };
  if (orders[state.order]) found.courses.sort(orders[state.order]);
};

// The matched entries in the order in which they are shown, made when somebody asks.
const sequence = (found) => {
  if (!found.entries) {
    found.entries = [];
    for (const course of found.courses) {
      for (let place = course.first; place < course.end; place += 1) {
        if (found.matched[place]) found.entries.push(place);
      }
    }
  }
  return found.entries;
};
