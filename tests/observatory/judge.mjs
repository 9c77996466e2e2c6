// What Mozilla's HTTP Observatory makes of the header lines that serve.mjs serves: PORT
// Prints, for each case of cases.json, the verdict on each topic, as JSON.
import fs from 'node:fs';

const port = Number(process.argv[2]);
const cases = JSON.parse(fs.readFileSync(new URL('cases.json', import.meta.url), 'utf8'));

// The list of preloaded hosts would be fetched while the package is installed; without it no host is preloaded, which is true of localhost.
const observatory = new URL('node_modules/@mdn/mdn-http-observatory/', import.meta.url);
const preloaded = new URL('conf/hsts-preload.json', observatory);
if (!fs.existsSync(preloaded)) fs.writeFileSync(preloaded, '{}');
const { retrieve } = await import(new URL('src/retriever/retriever.js', observatory));
const { ALL_TESTS } = await import(new URL('src/constants.js', observatory));

async function verdicts(path) {
  const requests = await retrieve('localhost', { httpPort: port, httpsPort: port, path });
  const outputs = ALL_TESTS.map((test) => test(requests));
  return Object.fromEntries(outputs.map((output) => [output.constructor.name, { pass: output.pass, result: output.result }]));
}

const found = [];
for (const index of cases.keys()) found.push(await verdicts(`/${index}/`));
console.log(JSON.stringify(found));
