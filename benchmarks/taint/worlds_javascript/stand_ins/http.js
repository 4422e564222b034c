// Node's own servers and clients of HTTP.
const modules = {};
const { EventEmitter } = real('node:events');
const { Incoming, Outgoing, METHODS, last, hostOf } = world.fill('messages');

function answerOf() {
  const answer = new EventEmitter();
  Object.assign(answer, { statusCode: 200, headers: {}, setEncoding: () => answer, resume: () => answer });
  answer.pipe = (target) => (target.end && target.end('answer'), target);
  answer[Symbol.asyncIterator] = async function* parts() {
    yield 'answer';
  };
  setImmediate(() =>
    ['data', 'end', 'close'].forEach((name) => answer.emit(name, name === 'data' ? 'answer' : undefined)),
  );
  return answer;
}

function asked(protocol, [first, second, third]) {
  const call = [first, second, third];
  const done = call.find((one) => typeof one === 'function');
  const url = typeof first === 'string' || first instanceof URL ? String(first) : '';
  const options = call.find((one) => one && typeof one === 'object' && !(one instanceof URL)) || {};
  const host = options.hostname || options.host;
  const named = /^[\w.:-]+$/.test(host ?? '') ? host : 'no-such-host.invalid';
  world.event('request', host ? `${protocol}//${named}${options.path || '/'}` : url, { options });
  const request = new EventEmitter();
  Object.assign(request, {
    write: (part) => world.event('sent', String(part)),
    setTimeout: () => request,
    setHeader() {},
    destroy() {},
    abort() {},
  });
  request.end = (part) => (
    part && request.write(part),
    setImmediate(() => {
      const answer = answerOf();
      try {
        if (done) done(answer);
        request.emit('response', answer);
      } catch (error) {
        world.failed(error);
      }
    }),
    request
  );
  return request;
}

const server = (protocol) => ({
  createServer: (options, handler) => {
    const made = new EventEmitter();
    if (protocol === 'https:') world.event('config', [options], { call: 'https.createServer' });
    const run = typeof options === 'function' ? options : handler;
    if (run && !run.isRouter) made.on('request', run);
    for (const method of world.facts.methods.length ? world.facts.methods : ['GET']) {
      for (const path of ['/', ...world.facts.paths]) {
        world.entries.push(async () => {
          for (const one of made.listeners('request')) await one(new Incoming(method, path), new Outgoing());
        });
      }
    }
    return Object.assign(made, {
      listen: (...all) => (world.event('listen', hostOf(all)), last(all)?.(), made),
      close() {},
      address: () => ({}),
      setTimeout() {},
    });
  },
  request: (...all) => asked(protocol, all),
  get: (...all) => {
    const request = asked(protocol, all);
    request.end();
    return request;
  },
  STATUS_CODES: { 404: 'Not Found', 500: 'Internal Server Error' },
  METHODS,
  Agent: class {
    constructor(options) {
      world.event('tls', options || {}, { call: 'Agent' });
    }
  },
  globalAgent: {},
  IncomingMessage: Incoming,
  ServerResponse: Outgoing,
});
modules['http'] = () => server('http:');
modules['https'] = () => server('https:');

return { modules };
