// Fastify and its plugins.
const modules = {};
const { Incoming, Outgoing, verbs, uploaded, concrete, paramsOf, last, hostOf, freshSession } = world.fill('messages');
const { Reply } = world.fill('express-parts');

class FastifyReply extends Outgoing {
  constructor(request) {
    super();
    Object.assign(this, { request, raw: this, sent: false });
  }

  code(status) {
    this.statusCode = status;
    return this;
  }

  status(status) {
    return this.code(status);
  }

  type(name) {
    return this.setHeader('content-type', name);
  }

  header(name, value) {
    return this.setHeader(name, value);
  }

  headers(all) {
    for (const [name, value] of Object.entries(all)) this.setHeader(name, value);
    return this;
  }

  redirect(first, second) {
    const [status, url] =
      typeof first === 'number' ? [first, second] : [typeof second === 'number' ? second : 302, first];
    this.code(status).setHeader('location', url);
    return this.send('');
  }

  send(body) {
    this.sent = true;
    const kind = typeof body === 'string' ? 'text/plain' : 'application/json';
    if (!this.hasHeader('content-type')) this.setHeader('content-type', kind);
    if (body && typeof body.pipe === 'function') return this.end('stream');
    if (typeof body === 'object') world.event('json', body);
    this.end(
      typeof body === 'string' || body === undefined ? body : Buffer.isBuffer(body) ? body : JSON.stringify(body),
    );
    return this;
  }

  sendFile(name, root) {
    return Reply.prototype.deliver.call(this, name, root || '/srv/public');
  }

  setCookie(name, value, options = {}) {
    world.event('cookie', String(value), { name, options });
    return this;
  }

  cookie(...all) {
    return this.setCookie(...all);
  }

  clearCookie() {
    return this;
  }

  view(name, values) {
    world.event('view', name, { values });
    return this.send('rendered');
  }

  hijack() {}
}

/** What a schema demands is enforced: numbers are converted, other words of an enum refused. */
function enforced(values, schema) {
  const properties = (schema && schema.properties) || {};
  for (const [name, wanted] of Object.entries(properties)) {
    const value = values[name];
    if (value === undefined) continue;
    if (['integer', 'number'].includes(wanted.type)) {
      if (value === '' || Number.isNaN(Number(value))) throw Object.assign(new Error('not a number'), { thrown: true });
      values[name] = Number(value);
    }
    const wrong =
      (wanted.enum && !wanted.enum.includes(values[name])) ||
      (wanted.pattern && !new RegExp(wanted.pattern).test(values[name])) ||
      (wanted.type === 'string' && typeof values[name] === 'object') ||
      (wanted.maxLength && String(values[name]).length > wanted.maxLength);
    if (wrong) throw Object.assign(new Error('not allowed'), { thrown: true });
  }
  if (schema && schema.additionalProperties === false) {
    for (const name of Object.keys(values)) if (!(name in properties)) delete values[name];
  }
  return values;
}

function fastify(options) {
  world.event('config', [options], { call: 'fastify' });
  const app = { hooks: [], prefix: '', log: world.context.console, server: {} };
  const enter = async (method, path, schema, handler) => {
    const raw = new Incoming(method, concrete(path));
    raw.raw = false;
    const log = world.context.console;
    const request = {
      raw,
      method,
      url: world.filling.url(concrete(path)),
      headers: raw.headers,
      query: world.fields({ text: true }),
      params: paramsOf(path),
      body: world.fields(),
      cookies: world.fields({ text: true }),
      ip: '192.0.2.7',
      log,
      server: app,
      session: freshSession(),
      hostname: world.text('host'),
      protocol: 'https',
      id: 'req-1',
      file: async () => ({ ...uploaded(), filename: world.text('filename'), toBuffer: async () => Buffer.from('x') }),
    };
    const reply = new FastifyReply(request);
    Object.assign(reply, { log });
    try {
      const { querystring, query, params, body } = schema || {};
      const kinds = [
        ['query', querystring || query],
        ['params', params],
        ['body', body],
      ];
      for (const [kind, wanted] of kinds) if (wanted) request[kind] = enforced({ ...request[kind] }, wanted);
      for (const hook of app.hooks) {
        await new Promise((resolve, reject) => {
          const done = (error) => (error ? reject(error) : resolve());
          Promise.resolve(hook(request, reply, done)).then(() => hook.length < 3 && resolve(), reject);
        });
        if (reply.sent) return;
      }
      const result = await handler(request, reply);
      await world.settle();
      if (!reply.sent && result !== reply && result !== undefined) reply.send(result);
    } catch (error) {
      if (!error || !error.thrown) world.failed(error);
      if (app.onError) app.onError(error, request, reply);
      else reply.code(error.statusCode || 500).send({ error: error.message });
    }
  };
  const add = (method, path, first, second) => {
    const given = typeof first === 'object' ? first : {};
    const handler = second || given.handler || first;
    for (const hook of ['preHandler', 'onRequest', 'preValidation'])
      if (given[hook]) app.hooks.push(...[].concat(given[hook]));
    world.entries.push(() => enter(method, app.prefix + path, given.schema, handler.bind(app)));
    return app;
  };
  for (const verb of verbs)
    app[verb] = (path, ...all) => add(verb === 'all' ? 'GET' : verb.toUpperCase(), path, ...all);
  Object.assign(app, {
    route: ({ method, url, handler, ...rest }) => add([].concat(method)[0], url, rest, handler),
    register: (plugin, given) => {
      const run = plugin && plugin.default ? plugin.default : plugin;
      if (typeof run === 'function') pending.push(Promise.resolve(run(app, given || {}, () => {})));
      return Object.assign(Promise.resolve(app), app);
    },
    addHook: (name, run) => {
      if (['onRequest', 'preHandler', 'preValidation', 'preParsing'].includes(name)) app.hooks.push(run);
      return app;
    },
    addContentTypeParser: () => app,
    setErrorHandler: (run) => ((app.onError = run), app),
    setNotFoundHandler: () => app,
    decorate: (name, value) => ((app[name] = value), app),
    decorateRequest: () => app,
    decorateReply: () => app,
    listen: (...all) => (world.event('listen', hostOf(all) ?? 'localhost'), last(all)?.(null, ''), Promise.resolve('')),
    ready: () => Promise.resolve(),
    inject() {},
    after: (run) => (run && run(), app),
    use: () => app,
    addSchema: () => app,
    close() {},
  });
  const pending = [];
  return app;
}
modules['fastify'] = () => Object.assign(fastify, { fastify, default: fastify });
modules['@fastify/cookie'] = () => () => {};
modules['@fastify/formbody'] = () => () => {};
modules['@fastify/multipart'] = () => () => {};
modules['@fastify/static'] = () => () => {};
modules['@fastify/view'] = () => () => {};
modules['@fastify/helmet'] = () => () => {};
modules['@fastify/rate-limit'] = () => (app, options) => world.event('config', [options], { call: 'rateLimit' });
modules['@fastify/session'] = () => (app, options) => world.event('session-config', options || {});
modules['@fastify/secure-session'] = () => (app, options) => world.event('session-config', options || {});
modules['@fastify/cors'] = () => (app, options) => world.event('cors', options || { origin: '*' });

return { modules };
