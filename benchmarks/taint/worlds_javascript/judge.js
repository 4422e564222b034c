'use strict';
// Reads programs as JSON from standard input, runs each against every payload, writes a verdict for each as a line.
// A program is {files: {path: plain CommonJS}, cwe}. See `running.js` for a run, `weaknesses.js` for what is harmful.

const { World } = require('./world');
const { factsOf } = require('./facts');
const { WEAKNESSES } = require('./weaknesses');
const { plansOf, EMPTY } = require('./requests');

const MOST_FAULTS = 3;
const MOST_NAMES = 8; // fields that are tried alone; those that the program names in a pattern come first

async function judge(program) {
  const weakness = WEAKNESSES[program.cwe];
  if (!weakness) return fault(`nobody wrote down what ${program.cwe} looks like`);
  const facts = factsOf(program.files);
  const world = new World(program.files, facts, weakness);
  const known = { benign: [], shapes: new Set(), facts };
  const used = { rawBody: false, rawUrl: false, deep: facts.deep, names: new Set() };
  await learn(world, weakness, known, used);
  if (world.faults.size) return { ...fault([...world.faults].slice(0, MOST_FAULTS)), runs: world.runs };
  const reached = known.benign.some((event) => weakness.kinds.includes(event.kind));
  const found = await attack(world, weakness, known, used);
  return { vulnerable: Boolean(found), reached: reached || world.reached, faults: [], runs: world.runs, ...found };
}

/** Harmless requests, and one without any field: what the program reads, and what its sinks get. */
async function learn(world, weakness, known, used) {
  for (const value of [...weakness.benign, ...known.facts.words]) {
    for (const plan of plansOf(used, [])) await remember(world, weakness, known, used, value, plan);
  }
  await remember(world, weakness, known, used, weakness.benign[0], EMPTY);
}

async function remember(world, weakness, known, used, value, plan) {
  const run = await world.run({ value }, plan);
  note(used, run);
  for (const event of run.events) {
    event.benign = value;
    known.benign.push(event);
    if (weakness.shape && weakness.kinds.includes(event.kind)) known.shapes.add(weakness.shape(event));
  }
}

function note(used, run) {
  for (const name of run.used.names) used.names.add(name);
  used.rawBody ||= run.used.rawBody;
  used.rawUrl ||= run.used.rawUrl;
}

/** First the payload in all fields at once, then in each alone, among harmless ones and without others. */
async function attack(world, weakness, known, used) {
  const payloads = weakness.payloads(known);
  for (const payload of payloads) {
    const found = await tried(world, weakness, known, used, payload, plansOf(used, []));
    if (found) return found;
  }
  const raw = used.rawUrl || used.rawBody;
  const fields = known.facts.fields.filter((name) => raw || used.names.has(name));
  const names = [...new Set([...fields, ...used.names])].slice(0, MOST_NAMES);
  for (const payload of names.length ? payloads : []) {
    const found = await tried(world, weakness, known, used, payload, plansOf(used, names));
    if (found) return found;
  }
  return null;
}

async function tried(world, weakness, known, used, payload, plans) {
  for (const plan of plans) {
    const run = await world.run(payload, plan);
    note(used, run);
    const sinks = run.events.filter((event) => weakness.kinds.includes(event.kind));
    world.reached ||= sinks.length > 0;
    for (const event of sinks) {
      const value = weakness.harm(event, known, payload, run.events);
      if (value) return { payload: shown(payload.value), key: plan.only || '*', sink: event.kind, value: shown(value) };
    }
  }
  return null;
}

const shown = (value) => (typeof value === 'string' ? value : JSON.stringify(value) || String(value)).slice(0, 300);
const fault = (what) => ({ vulnerable: false, reached: false, runs: 0, faults: [].concat(what) });

async function main() {
  let text = '';
  for await (const chunk of process.stdin) text += chunk;
  for (const program of JSON.parse(text)) {
    let verdict;
    try {
      verdict = await judge(program);
    } catch (error) {
      verdict = fault(`the harness failed: ${error && error.stack}`);
    }
    process.stdout.write(JSON.stringify(verdict) + '\n');
  }
}

process.on('unhandledRejection', () => {}); // a program that forgets a promise goes on, as it would in a browser
process.on('uncaughtException', (error) => {
  World.current?.failed(error);
});
main().then(() => process.exit(0));
