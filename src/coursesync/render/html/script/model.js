// The JSON of the page as something to ask; payload.py says what it looks like.
const NOTHING = -1;
const RISKS = ["safe", "lossy", "destructive"];
const VALUES = ["live", "desired", "base", "read"];

const readModel = (data) => {
  const text = (place) => (place === NOTHING ? "" : data.strings[place]);
  const marks = data.marks.map(([key, name, symbol, meaning, quiet], place) => ({
    place, key, name, symbol, meaning, quiet: quiet === 1,
  }));
  const fields = data.fields.map(([address, doc], place) => {
    const dot = address.indexOf(".");
    return { place, address, doc, group: address.slice(0, Math.max(dot, 0)), name: address.slice(dot + 1) };
  });
  const blames = data.blames.map(([person, at, source, event, exact, batch, copied]) => ({
    person, at, source, event, exact: exact === 1, batch, copied, name: data.people[person],
  }));
  const risks = Uint8Array.from(data.details, (row) => row[4]);
  const courses = data.courses.map(
    ([id, label, name, state, department, place, problem], index) => ({
      index, id, label, name, state, department, place, problem, first: 0, end: 0,
      words: `${label}\n${name}\n${id}\n${place}`.toLowerCase(),
    }),
  );
  return {
    kind: data.kind, canvas: data.canvas, labels: data.labels, departments: data.departments, people: data.people,
    marks, fields, blames, risks, courses, text,
    seen: (place) => (place in data.seen ? data.strings[data.seen[place]] : null),
    detail: (place) => readDetail(data, text, data.details[place]),
    entries: readEntries(data, courses, fields.length),
  };
};

const readDetail = (data, text, row) => {
  if (row === undefined) return null;
  const [live, desired, base, read, risk, origin, parts, notes, message, word, prose] = row;
  return {
    values: { live, desired, base, read },
    risk: RISKS[risk],
    origin: origin.map((place) => ({ place: data.origins[place][0], layer: data.origins[place][1] })),
    parts: parts.map((place) => data.parts[place].map(text)),
    notes: notes.map(text),
    message: text(message),
    word: text(word),
    prose: prose === 1,
  };
};

// One entry for each mark of each course, in columns, since there are tens of thousands; the entries of a course
// lie together, the heaviest first. `cells` leads from a course and a field to the heaviest, counted from 1.
const readEntries = (data, courses, width) => {
  const size = data.courses.reduce(
    (sum, course) => sum + course[7].length + course[8].length / 5,
    0,
  );
  const entries = {
    size: 0,
    course: new Uint32Array(size),
    field: new Uint16Array(size),
    mark: new Uint8Array(size),
    detail: new Int32Array(size),
    blame: new Int32Array(size),
    change: new Map(),
    cells: new Uint32Array(courses.length * width),
    width,
  };
  data.courses.forEach((row, index) => {
    courses[index].first = entries.size;
    const said = row[8];
    for (let at = 0; at < said.length; at += 5) {
      addEntry(entries, index, said[at], said[at + 1], said[at + 2], said[at + 4]);
      if (said[at + 3]) entries.change.set(entries.size - 1, said[at + 3]);
    }
    const quiet = row[7];
    for (let field = 0; field < quiet.length; field += 1) {
      if (quiet[field] !== ".") addEntry(entries, index, field, parseInt(quiet[field], 36), NOTHING, NOTHING);
    }
    courses[index].end = entries.size;
  });
  return entries;
};

const addEntry = (entries, course, field, mark, detail, blame) => {
  const place = entries.size;
  entries.course[place] = course;
  entries.field[place] = field;
  entries.mark[place] = mark;
  entries.detail[place] = detail;
  entries.blame[place] = blame;
  const cell = course * entries.width + field;
  if (entries.cells[cell] === 0) entries.cells[cell] = place + 1;
  entries.size = place + 1;
};
