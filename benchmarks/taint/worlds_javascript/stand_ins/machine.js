// The machine: files, processes, names. Paths and commands are told; nothing is opened or started.
const modules = {};
const { EventEmitter } = real('node:events');
const CONTENT = 'name,alice';

function stream(content = CONTENT) {
  const made = new EventEmitter();
  const flow = () =>
    setImmediate(() => {
      try {
        made.emit('open');
        made.emit('data', content);
        made.emit('end');
        made.emit('close');
      } catch (error) {
        world.failed(error);
      }
    });
  let flowing = false;
  const listen = made.on.bind(made);
  made.on = made.addListener = (name, run) => {
    listen(name, run);
    if (!flowing && ['data', 'end', 'close'].includes(name)) flow((flowing = true));
    return made;
  };
  Object.assign(made, {
    pipe: (target) => (target.end ? target.end(content) : undefined, target),
    setEncoding: () => made,
    destroy() {},
    resume: () => made,
    write: (part) => (world.event('written', String(part)), true),
    close() {},
    unpipe() {},
    end: (part) => (
      part !== undefined && world.event('written', String(part)),
      setImmediate(() => made.emit('finish'))
    ),
  });
  made[Symbol.asyncIterator] = async function* parts() {
    yield content;
  };
  return made;
}

const stats = () => ({
  isFile: () => true,
  isDirectory: () => false,
  isSymbolicLink: () => false,
  size: 10,
  mtime: new Date(0),
  mtimeMs: 0,
  mode: 0o644,
});

/** Calls by what they give; each tells the path (or both), and what is written, with the mode. */
const READS = {
  readFile: (options) => (options ? CONTENT : Buffer.from(CONTENT)),
  readdir: () => ['alice.txt'],
  stat: stats,
  lstat: stats,
  open: () => ({
    close: async () => {},
    readFile: async () => CONTENT,
    writeFile: async () => {},
    fd: 3,
    read: async () => ({}),
    stat: async () => stats(),
  }),
};
const WRITES = ['writeFile', 'appendFile', 'unlink', 'rm', 'rmdir', 'mkdir', 'truncate', 'chown'];
const PAIRS = ['rename', 'copyFile', 'cp', 'link', 'symlink'];

function called(name, all) {
  const [first, second, third] = all;
  const options = all.find((one, place) => place > 0 && one && typeof one === 'object' && !Buffer.isBuffer(one)) || {};
  if (name === 'access' || name === 'exists' || name === 'realpath') {
    world.event('checked', String(first), { call: name });
    return name === 'realpath' ? real('node:path').posix.resolve('/srv/app', String(first)) : name === 'exists';
  }
  world.event('path', told(first), { call: name, options, second });
  if (PAIRS.includes(name)) world.event('path', told(second), { call: name });
  if (['writeFile', 'appendFile'].includes(name))
    world.event('written', String(second), { path: told(first), options });
  if (name === 'chmod') world.event('mode', { call: name, path: told(first), mode: second });
  if (name === 'open') world.event('opened', told(first), { flags: second, mode: third });
  if (name === 'mkdtemp') return `${first}x1y2z3`;
  return READS[name] ? READS[name](second && typeof second !== 'function') : undefined;
}

const told = (path) => (path instanceof URL ? path.pathname : Array.isArray(path) ? path.join() : String(path));

function files() {
  const fs = {
    constants: { COPYFILE_EXCL: 1, R_OK: 4, W_OK: 2, O_CREAT: 64, O_EXCL: 128, O_WRONLY: 1, O_RDWR: 2 },
    promises: {},
  };
  const names = [
    ...Object.keys(READS),
    ...WRITES,
    ...PAIRS,
    'access',
    'exists',
    'realpath',
    'chmod',
    'mkdtemp',
    'lchown',
    'utimes',
  ];
  for (const name of names) {
    const strict = (all) => {
      if (
        typeof all[0] !== 'string' &&
        !Buffer.isBuffer(all[0]) &&
        !(all[0] instanceof URL) &&
        typeof all[0] !== 'number'
      ) {
        throw Object.assign(new TypeError('The "path" argument must be of type string'), {
          code: 'ERR_INVALID_ARG_TYPE',
        });
      }
      return called(name, all);
    };
    const tried = (all) => {
      const failed = world.failing('file');
      if (failed) throw failed;
      return strict(all);
    };
    fs[`${name}Sync`] = (...all) => tried(all);
    fs.promises[name] = async (...all) => tried(all);
    fs[name] = (...all) => {
      const done = all.at(-1);
      const failed = world.failing('file');
      const result = failed ? undefined : strict(all.slice(0, -1));
      setImmediate(() => {
        try {
          if (name === 'exists') done(result);
          else done(failed, result);
        } catch (error) {
          world.failed(error);
        }
      });
    };
  }
  fs.realpath.native = fs.realpath;
  fs.existsSync = (path) => Boolean(world.event('checked', told(path), { call: 'exists' }) || true);
  fs.createReadStream = (path, options) => (
    world.event('path', told(path), { call: 'createReadStream', options }),
    stream()
  );
  fs.createWriteStream = (path, options) => (
    world.event('path', told(path), { call: 'createWriteStream', options: options || {} }),
    stream()
  );
  fs.openSync = (path, flags, mode) => (called('open', [path, flags, mode]), 3);
  fs.closeSync = fs.fsyncSync = () => {};
  fs.writeSync = (fd, text) => world.event('written', String(text), { options: {} });
  return fs;
}

modules['fs'] = files;
modules['fs/promises'] = () => world.standIn('fs').promises;
modules['graceful-fs'] = files;
modules['fs-extra'] = () => {
  const fs = world.standIn('fs');
  return {
    ...fs,
    ...fs.promises,
    outputFile: fs.promises.writeFile,
    remove: fs.promises.rm,
    ensureDir: fs.promises.mkdir,
    readJson: async (path) => (called('readFile', [path]), {}),
  };
};

// --- processes

function child(finish) {
  const made = new EventEmitter();
  Object.assign(made, {
    stdout: stream('7'),
    stderr: stream(''),
    stdin: { write() {}, end() {}, on() {} },
    kill() {},
    pid: 2,
    unref() {},
  });
  setImmediate(() => {
    try {
      if (finish) finish();
      made.emit('exit', 0);
      made.emit('close', 0);
    } catch (error) {
      world.failed(error);
    }
  });
  return made;
}

const SHELLS = /^(?:\/(?:usr\/)?bin\/(?:env )?)?(?:sh|bash|dash|zsh|ksh)$/;

/** A command with its words: a shell reads text where the options ask for one, or where the command is one with -c. */
function started(program, words, options = {}) {
  const { env, cwd } = options;
  if (env) world.event('environment', env);
  if (cwd) world.event('folder', String(cwd));
  if (options.shell) return world.event('shell', [program, ...words].join(' '));
  world.event('program', String(program));
  const script = words.findIndex((word) => /^-\w*c$/.test(word));
  if (SHELLS.test(program) && script >= 0) return world.event('shell', String(words[script + 1]));
  return world.event('argv', words.map(String), { program: String(program) });
}

function split(all) {
  const [program, ...rest] = all;
  const words = Array.isArray(rest[0]) ? rest.shift() : [];
  const options = rest.find((one) => one && typeof one === 'object') || {};
  return { program, words, options, done: rest.find((one) => typeof one === 'function') };
}

modules['child_process'] = () => {
  const { promisify } = real('node:util');
  const exec = (command, ...rest) => {
    const { options, done } = split([command, ...rest]);
    started(command, [], { ...options, shell: true });
    return child(() => done && done(null, '7', ''));
  };
  const execFile = (...all) => {
    const { program, words, options, done } = split(all);
    started(program, words, options);
    return child(() => done && done(null, '7', ''));
  };
  exec[promisify.custom] = async (command, options) => (
    started(command, [], { ...options, shell: true }),
    { stdout: '7', stderr: '' }
  );
  execFile[promisify.custom] = async (...all) => (execFile(...all), { stdout: '7', stderr: '' });
  const sync = (...all) => {
    const { program, words, options } = split(all);
    started(program, words, options);
    return { status: 0, stdout: Buffer.from('7'), stderr: Buffer.from('') };
  };
  return {
    exec,
    execFile,
    spawnSync: sync,
    execSync: (command, options) => (started(command, [], { ...options, shell: true }), Buffer.from('7')),
    execFileSync: (...all) => sync(...all).stdout,
    spawn: (...all) => (sync(...all), child()),
    fork: (path, words) => (
      world.event('module', String(path)),
      world.event('argv', (words || []).map(String), { program: 'node' }),
      child()
    ),
  };
};

modules['execa'] = () => {
  const ran = async (program, words = [], options = {}) => {
    const given = Array.isArray(words) ? [words, options] : [[], words];
    started(program, ...given);
    return { stdout: '7', stderr: '', exitCode: 0 };
  };
  const command = async (text, options = {}) => {
    if (options.shell) started(text, [], options);
    else started(...[text.split(' ')[0], text.split(' ').slice(1)]);
    return { stdout: '7', stderr: '' };
  };
  return Object.assign(ran, { execa: ran, execaCommand: command, command, default: ran });
};
modules['shelljs'] = () => {
  const exec = (command, ...rest) => {
    started(command, [], { shell: true });
    const done = rest.find((one) => typeof one === 'function');
    if (done) setImmediate(() => done(0, '7', ''));
    return { code: 0, stdout: '7', stderr: '' };
  };
  return {
    exec,
    cd() {},
    which: () => true,
    cat: (path) => (world.event('path', String(path), { call: 'cat' }), CONTENT),
    rm: (...all) => world.event('path', String(all.at(-1)), { call: 'rm' }),
  };
};
modules['cross-spawn'] = () =>
  Object.assign((...all) => world.standIn('child_process').spawn(...all), {
    sync: (...all) => world.standIn('child_process').spawnSync(...all),
  });
modules['shell-quote'] = () => ({
  quote: (words) =>
    words.map((word) => (/^[\w/.:=-]+$/.test(word) ? word : `'${String(word).replace(/'/g, `'\\''`)}'`)).join(' '),
  parse: (text) => text.split(' '),
});
modules['ssh2'] = () => ({
  Client: class extends EventEmitter {
    connect(options) {
      world.event('config', [options], { call: 'ssh2.connect' });
      setImmediate(() => {
        try {
          this.emit('ready');
        } catch (error) {
          world.failed(error);
        }
      });
      return this;
    }

    exec(command, done) {
      world.event('shell', String(command));
      done(null, stream());
    }

    end() {}
  },
});
modules['dns'] = () => ({
  lookup: (name, ...rest) => rest.at(-1)(null, '192.0.2.9', 4),
  promises: { lookup: async () => ({ address: '192.0.2.9' }), resolve4: async () => ['192.0.2.9'] },
});
modules['dns/promises'] = () => world.standIn('dns').promises;
modules['inspector'] = () => ({
  open: (port, host) => world.event('debug', `inspector at ${host}:${port}`),
  url() {},
  close() {},
});
modules['worker_threads'] = () => ({
  isMainThread: true,
  Worker: class extends EventEmitter {
    constructor(text, options = {}) {
      super();
      world.event(options.eval ? 'code' : 'module', String(text));
    }

    postMessage() {}
  },
});
modules['zlib'] = () => {
  const zlib = real('node:zlib');
  const wrapped = {};
  for (const name of ['gunzip', 'inflate', 'unzip', 'brotliDecompress', 'inflateRaw']) {
    wrapped[`${name}Sync`] = (bytes, options = {}) => (world.event('inflate', name, { options }), Buffer.from('{}'));
    wrapped[name] = (bytes, ...rest) => {
      wrapped[`${name}Sync`](bytes, rest.find((one) => typeof one === 'object') || {});
      setImmediate(() => rest.at(-1)(null, Buffer.from('{}')));
    };
  }
  for (const name of ['createGunzip', 'createInflate', 'createUnzip'])
    wrapped[name] = (options = {}) => (world.event('inflate', name, { options }), stream());
  return { ...zlib, ...wrapped };
};
modules['module'] = () => ({ createRequire: () => (name) => world.require(name, world.entry) });
modules['tls'] = () => ({
  connect: (...all) => (
    world.event('tls', all.find((one) => one && typeof one === 'object') || {}, { call: 'tls.connect' }),
    stream()
  ),
  createServer: (options) => (world.event('tls', options || {}, { call: 'tls.createServer' }), { listen() {} }),
  createSecureContext: (options) => (world.event('tls', options, { call: 'secureContext' }), {}),
});
modules['net'] = () => ({
  connect: (...all) => (world.event('request', `tcp://${all[0].host || all[1] || all[0]}/`), stream()),
  createConnection: (...all) => world.standIn('net').connect(...all),
  isIP: real('node:net').isIP,
  isIPv4: real('node:net').isIPv4,
  isIPv6: real('node:net').isIPv6,
});

return { modules };
