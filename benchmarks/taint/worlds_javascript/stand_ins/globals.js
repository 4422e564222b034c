// What a program finds without importing it. Text that is evaluated is told, then really evaluated in its context.
const modules = {};
const vm = real('node:vm');
const { webcrypto } = real('node:crypto');

modules['globals'] = () => {
  const { context } = world;
  const silent =
    (level) =>
    (...parts) => {
      if (parts.length > 1) world.event('format', String(parts[0]));
      world.event('log', parts.map(shown).join(' '), { level });
    };
  Object.assign(context, {
    global: context,
    globalThis: context,
    console: Object.fromEntries(['log', 'info', 'warn', 'error', 'debug', 'trace'].map((one) => [one, silent(one)])),
    process: processOf(),
    Buffer: measured(),
    RegExp: patterns(),
    URL,
    URLSearchParams,
    TextEncoder,
    TextDecoder,
    AbortController,
    AbortSignal,
    structuredClone,
    atob,
    btoa,
    queueMicrotask,
    setImmediate,
    Event,
    EventTarget,
    setTimeout: (run, delay, ...rest) => later(run, delay, rest),
    setInterval: (run, delay, ...rest) => later(run, delay, rest),
    clearTimeout() {},
    clearInterval() {},
    clearImmediate() {},
    crypto: webcrypto,
    fetch: (...all) => world.standIn('node-fetch')(...all),
    eval: evaluate,
    Function: compiler(),
    ...(world.facts.isPage ? world.fill('page') : {}),
    ...world.fill('next').globals,
  });
  return context;
};

const SWITCHES = /DEBUG|ENABLE|ALLOW|PORT|URL|TLS|MONGO$|STRICT/; // these are not set

const shown = (part) => (typeof part === 'string' ? part : part instanceof Error ? part.message : JSON.stringify(part));

/** Buffers tell their size, texts how often they are repeated, and numbers that can be guessed are always the same. */
function measured() {
  const told = (size) => world.event('size', Number(size));
  const { prototype } = vm.runInContext('String', world.context);
  const repeat = prototype.repeat.original ?? prototype.repeat;
  const strings = function repeated(count) {
    told(count * this.length);
    return repeat.call(this, Math.min(count, 10));
  };
  prototype.repeat = Object.assign(strings, { original: repeat });
  vm.runInContext('Math', world.context).random = () => GUESSED;
  return new Proxy(Buffer, {
    get(target, name) {
      if (!['alloc', 'allocUnsafe', 'allocUnsafeSlow'].includes(name)) return target[name];
      return (size, ...rest) => (told(size), target.alloc(Math.min(Number(size) || 0, 1000), ...rest));
    },
  });
}
const GUESSED = 0.7310254816;

function patterns() {
  const own = vm.runInContext('/a/.constructor', world.context);
  const told = (target, parts) => {
    world.event('pattern', String(parts[0]));
    return Reflect.construct(target, parts);
  };
  return new Proxy(own, { apply: (target, self, parts) => told(target, parts), construct: told });
}

function evaluate(text) {
  if (typeof text !== 'string') return text;
  world.event('code', text);
  return evaluated(() => vm.runInContext(text, world.context, { timeout: 200 }));
}

/** Errors of text that a program evaluates are its own affair. */
function evaluated(run) {
  try {
    return run();
  } catch (error) {
    if (typeof error === 'object' && error !== null) world.evaluated.add(error);
    throw error;
  }
}

function compiler() {
  const own = vm.runInContext('(function () {}).constructor', world.context);
  const told = (target, parts) => {
    world.event('code', parts.map(String).join('\n'));
    return Reflect.construct(target, parts);
  };
  return new Proxy(own, { apply: (target, self, parts) => told(target, parts), construct: told });
}

function later(run, delay, rest) {
  world.event('wait', delay);
  if (typeof run === 'string') {
    world.event('code', run);
    return 0;
  }
  return setImmediate(() => {
    try {
      run(...rest);
    } catch (error) {
      world.failed(error);
    }
  });
}

function processOf() {
  const env = new Proxy(
    { NODE_ENV: 'production', HOME: '/home/app', PATH: '/usr/bin' },
    {
      get: (held, name) =>
        held[name] ?? (/^[A-Z][A-Z0-9_]*$/.test(String(name)) && !SWITCHES.test(name) ? `value-of-${name}` : undefined),
      set: (held, name, value) => {
        world.event('env', String(value), { name });
        held[name] = String(value);
        return true;
      },
    },
  );
  return {
    env,
    argv: ['node', '/srv/app/app.js'],
    platform: 'linux',
    pid: 1,
    version: 'v20.0.0',
    versions: { node: '20.0.0' },
    cwd: () => '/srv/app',
    exit() {},
    on() {},
    once() {},
    nextTick: (run, ...rest) => queueMicrotask(() => run(...rest)),
    stdout: { write: (text) => world.event('log', String(text)) },
    stderr: { write: (text) => world.event('log', String(text)) },
    stdin: { on() {}, setEncoding() {} },
    hrtime: process.hrtime,
    uptime: () => 1,
    memoryUsage: () => ({}),
    umask: (mask) => world.event('mode', { call: 'umask', mode: mask }),
    emitWarning() {},
    chdir() {},
  };
}

modules['process'] = () => world.context.process;
modules['vm'] = () => {
  const ran = (text, where) => {
    world.event('code', String(text));
    const inside = where && vm.isContext(where) ? where : vm.createContext({ ...where });
    return evaluated(() => vm.runInContext(String(text), inside, { timeout: 200 }));
  };
  class Script {
    constructor(text) {
      world.event('code', String(text));
      this.script = evaluated(() => new vm.Script(String(text)));
    }

    runInThisContext() {
      return evaluated(() => this.script.runInContext(world.context));
    }

    runInContext(where) {
      return evaluated(() => this.script.runInContext(where));
    }

    runInNewContext(where) {
      return evaluated(() => this.script.runInContext(vm.createContext({ ...where })));
    }
  }
  return {
    runInContext: ran,
    runInNewContext: ran,
    runInThisContext: (text) => ran(text, world.context),
    createContext: (object) => vm.createContext(object || {}),
    isContext: vm.isContext,
    compileFunction: (text) => {
      world.event('code', String(text));
      return () => undefined;
    },
    Script,
  };
};

return { modules };
