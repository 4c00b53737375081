// Two texts word by word: the shortest way from one to the other (Myers 1986), cut where it gets long.
const MOST_STEPS = 1500;
const KEPT_WORDS = 24;

const wordsOf = (text) => text.match(/\p{Script=Han}|[\p{L}\p{N}_]+|\s+|./gsu) ?? [];

// Returns runs of [kind, text]: 0 for both, -1 for the first only, 1 for the second; null where too much differs.
const compareWords = (before, after) => {
  const one = wordsOf(before);
  const other = wordsOf(after);
  let start = 0;
  while (start < one.length && start < other.length && one[start] === other[start]) start += 1;
  let tail = 0;
  while (tail < one.length - start && tail < other.length - start && one[one.length - 1 - tail] === other[other.length - 1 - tail]) tail += 1;
  const steps = shortest(one.slice(start, one.length - tail), other.slice(start, other.length - tail));
  if (steps === null) return null;
  const runs = [[0, one.slice(0, start)], ...steps, [0, one.slice(one.length - tail)]];
  return joined(runs.filter(([, words]) => words.length > 0));
};

const shortest = (one, other) => {
  const most = Math.min(one.length + other.length, MOST_STEPS);
  const offset = most + 1;
  const furthest = new Int32Array(2 * most + 3);
  const trace = [];
  for (let step = 0; step <= most; step += 1) {
    for (let lane = -step; lane <= step; lane += 2) {
      const down = lane === -step || (lane !== step && furthest[offset + lane - 1] < furthest[offset + lane + 1]);
      let x = down ? furthest[offset + lane + 1] : furthest[offset + lane - 1] + 1;
      while (x < one.length && x - lane < other.length && one[x] === other[x - lane]) x += 1;
      furthest[offset + lane] = x;
      if (x >= one.length && x - lane >= other.length) return walkBack(one, other, trace, step);
    }
    trace.push(furthest.slice(offset - step, offset + step + 1));
  }
  return null;
};

const walkBack = (one, other, trace, steps) => {
  const runs = [];
  let x = one.length;
  let y = other.length;
  for (let step = steps; step > 0; step -= 1) {
    const before = trace[step - 1];
    const at = (lane) => (Math.abs(lane) > step - 1 ? -1 : before[lane + step - 1]);
    const lane = x - y;
    const down = lane === -step || (lane !== step && at(lane - 1) < at(lane + 1));
    const from = down ? at(lane + 1) : at(lane - 1);
    const start = down ? from : from + 1;
    if (x > start) runs.push([0, one.slice(start, x)]);
    runs.push(down ? [1, [other[from - lane - 1]]] : [-1, [one[from]]]);
    x = from;
    y = from - (down ? lane + 1 : lane - 1);
  }
  if (x > 0) runs.push([0, one.slice(0, x)]);
  return runs.reverse();
};

// Runs of one kind in one, what goes before what comes, and blanks between two changes with the changes.
const joined = (runs) => {
  const found = [];
  let gone = "";
  let come = "";
  const flush = () => {
    if (gone) found.push([-1, gone]);
    if (come) found.push([1, come]);
    gone = "";
    come = "";
  };
  runs.forEach(([kind, words], place) => {
    const text = words.join("");
    const between = kind === 0 && place > 0 && place < runs.length - 1 && !/\S/u.test(text) && (gone || come);
    if (kind < 0 || between) gone += text;
    if (kind > 0 || between) come += text;
    if (kind === 0 && !between) {
      flush();
      found.push([0, text]);
    }
  });
  flush();
  return found;
};

const showWords = (before, after) => {
  const runs = compareWords(before, after);
  if (runs === null) {
    return make("div", { class: "words" }, make("p", { class: "muted", text: "The two have little in common; both are shown whole." }), make("del", { text: before }), make("ins", { text: after }));
  }
  const box = make("div", { class: "words", dir: "auto" });
  runs.forEach(([kind, text], place) => {
    if (kind < 0) box.append(make("del", { text }));
    else if (kind > 0) box.append(make("ins", { text }));
    else box.append(...shortened(text, place > 0, place < runs.length - 1));
  });
  return box;
};

// Of a long stretch that is the same, what is beside a change.
const shortened = (text, afterChange, beforeChange) => {
  const words = wordsOf(text);
  const head = afterChange ? 2 * KEPT_WORDS : 0;
  const end = beforeChange ? 2 * KEPT_WORDS : 0;
  const hidden = words.slice(head, words.length - end).filter((word) => /\S/u.test(word)).length;
  if (hidden < 2 * KEPT_WORDS) return [text];
  return [
    words.slice(0, head).join(""),
    make("span", { class: "same", text: ` ⋯ ${count(hidden, "word")} the same ⋯ ` }),
    words.slice(words.length - end).join(""),
  ];
};
