// Clients of HTTP: the address that is asked is told, as each library works it out.
const modules = {};
const { EventEmitter } = real('node:events');
const BODY = { name: 'known', items: [], url: '/known' };

const absolute = (url) => /^(?:[a-z][a-z\d+\-.]*:)?\/\//i.test(url);
const under = (base, url) => (base && !absolute(url) ? `${base.replace(/\/+$/, '')}/${url.replace(/^\/+/, '')}` : url);

const answer = (url) => ({
  status: 200,
  statusCode: 200,
  ok: true,
  data: BODY,
  body: JSON.stringify(BODY),
  text: async () => 'answer',
  json: async () => BODY,
  headers: { get: () => 'text/plain', 'content-type': 'text/plain' },
  buffer: async () => Buffer.from('answer'),
  arrayBuffer: async () => new ArrayBuffer(4),
  blob: async () => ({}),
  url,
  pipe: (target) => target,
});

function axios(defaults = {}) {
  const asked = async (url, config = {}) => {
    world.event('request', under(config.baseURL ?? defaults.baseURL, String(url ?? '')), {
      options: config,
      body: config.data,
    });
    const failed = world.failing('upstream');
    if (failed) throw failed;
    if (config.httpsAgent) world.event('tls', config.httpsAgent, { call: 'agent' });
    return answer(url);
  };
  const made = (first, second) => (typeof first === 'string' ? asked(first, second) : asked(first.url, first));
  for (const verb of ['get', 'delete', 'head', 'options']) made[verb] = (url, config) => asked(url, config);
  for (const verb of ['post', 'put', 'patch']) made[verb] = (url, data, config) => asked(url, { ...config, data });
  return Object.assign(made, {
    request: (config) => asked(config.url, config),
    create: (more) => axios({ ...defaults, ...more }),
    defaults,
    interceptors: { request: { use() {} }, response: { use() {} } },
    isAxiosError: () => false,
  });
}
modules['axios'] = () => axios();

const fetched = async (url, options = {}) => {
  const address = typeof url === 'object' && !(url instanceof URL) && url.url ? url.url : String(url);
  world.event('request', address, { options, body: options.body });
  const failed = world.failing('upstream');
  if (failed) throw failed;
  if (options.agent) world.event('tls', options.agent.options || options.agent, { call: 'agent' });
  return answer(address);
};
modules['node-fetch'] = () => fetched;
modules['cross-fetch'] = () => fetched;
modules['undici'] = () => ({
  fetch: fetched,
  request: async (url, options = {}) => (
    world.event('request', String(url), { options }),
    { statusCode: 200, headers: {}, body: answer(url) }
  ),
  Agent: class {},
});

modules['got'] = () => {
  const asked = (url, options = {}) => {
    const given = typeof url === 'object' && !(url instanceof URL) ? url : options;
    const prefix = given.prefixUrl ? `${String(given.prefixUrl).replace(/\/$/, '')}/` : '';
    world.event('request', prefix + String(given === url ? url.url : url), { options: given, body: given.json });
    if (given.https) world.event('tls', given.https, { call: 'got' });
    const promised = Promise.resolve({ ...answer(url), body: 'answer' });
    return Object.assign(promised, {
      json: async () => BODY,
      text: async () => 'answer',
      buffer: async () => Buffer.from('answer'),
    });
  };
  for (const verb of ['get', 'post', 'put', 'patch', 'delete', 'head']) asked[verb] = asked;
  asked.stream = (url) => (
    asked(url),
    Object.assign(new EventEmitter(), { pipe: (target) => (target.end && target.end('answer'), target) })
  );
  asked.extend = (defaults) => {
    const made = (url, options) => asked(url, { ...defaults, ...options });
    for (const verb of ['get', 'post', 'put', 'delete']) made[verb] = made;
    return made;
  };
  return Object.assign(asked, { got: asked, default: asked });
};

modules['superagent'] = () => {
  const asked = (url) => {
    world.event('request', String(url));
    const made = {};
    for (const name of ['set', 'query', 'send', 'timeout', 'accept', 'auth', 'buffer', 'type', 'retry', 'redirects'])
      made[name] = () => made;
    made.end = (done) => setImmediate(() => done(null, answer(url)));
    made.then = (run, failed) => Promise.resolve(answer(url)).then(run, failed);
    made.catch = (failed) => Promise.resolve(answer(url)).catch(failed);
    made.pipe = (target) => target;
    return made;
  };
  return Object.assign((method, url) => asked(url ?? method), {
    get: asked,
    post: asked,
    put: asked,
    del: asked,
    head: asked,
  });
};

const request = () => {
  const asked = (first, ...rest) => {
    const options = typeof first === 'object' ? first : rest.find((one) => one && typeof one === 'object') || {};
    const url = typeof first === 'object' ? first.url || first.uri : first;
    world.event('request', options.baseUrl ? under(options.baseUrl, String(url)) : String(url), { options });
    world.event('tls', options, { call: 'request' });
    const done = rest.find((one) => typeof one === 'function') || options.callback;
    if (done) setImmediate(() => done(null, answer(url), 'answer'));
    return Object.assign(new EventEmitter(), {
      pipe: (target) => (target.end && target.end('answer'), target),
      then: (run, failed) => Promise.resolve('answer').then(run, failed),
      catch: () => Promise.resolve('answer'),
    });
  };
  for (const verb of ['get', 'post', 'put', 'del', 'delete', 'head', 'patch']) asked[verb] = asked;
  asked.defaults = (defaults) => (options) =>
    asked({ ...defaults, ...(typeof options === 'string' ? { url: options } : options) });
  return asked;
};
modules['request'] = request;
modules['request-promise'] = request;
modules['needle'] = () => {
  const asked = (method, url, ...rest) => {
    world.event('request', String(url));
    const done = rest.find((one) => typeof one === 'function');
    if (done) setImmediate(() => done(null, answer(url), 'answer'));
    return Promise.resolve(answer(url));
  };
  return Object.assign(asked, {
    get: (url, ...rest) => asked('get', url, ...rest),
    post: (url, ...rest) => asked('post', url, ...rest),
  });
};
modules['ws'] = () => {
  class WebSocket extends EventEmitter {
    constructor(url) {
      super();
      world.event('request', String(url));
    }

    send() {}
    close() {}
  }
  WebSocket.Server = class extends EventEmitter {};
  return WebSocket;
};
modules['nodemailer'] = () => ({
  createTransport: (options) => {
    world.event('tls', options || {}, { call: 'createTransport' });
    return {
      sendMail: async (mail, done) => {
        world.event('mail', mail);
        if (done) done(null, {});
        return {};
      },
    };
  },
});

return { modules };
