// Koa, its routers and its middleware.
const modules = {};
const { Incoming, Outgoing, verbs, header, uploaded, concrete, paramsOf, flat, last, hostOf, rawText, freshSession } =
  world.fill('messages');

class Context {
  constructor(method, path) {
    const request = new Incoming(method, concrete(path));
    const response = new Outgoing();
    const self = this;
    Object.assign(this, {
      req: request,
      res: response,
      method,
      params: paramsOf(path),
      status: 404,
      state: {},
      query: world.fields({ text: true }),
      headers: request.headers,
      header: request.headers,
      ip: '192.0.2.7',
      hostname: world.text('host'),
      host: world.text('host'),
      protocol: 'https',
      secure: true,
      app: { emit() {} },
      fields: {},
      origin: 'https://site.example',
    });
    this.cookies = {
      get: (name) => world.text(name),
      set: (name, value, options = {}) => world.event('cookie', String(value), { name, options }),
    };
    this.request = {
      body: world.fields(),
      query: this.query,
      headers: request.headers,
      header: request.headers,
      method,
      rawBody: undefined,
      ip: this.ip,
      get: (name) => header(request, name),
      files: { file: uploaded() },
      is: () => 'json',
      get hostname() {
        return self.hostname;
      },
      get path() {
        return self.path;
      },
      get url() {
        return self.url;
      },
      get href() {
        return self.href;
      },
    };
    this.response = this;
  }

  get url() {
    return this.req.url;
  }

  get originalUrl() {
    return this.req.url;
  }

  get path() {
    return this.url.split('?')[0];
  }

  get querystring() {
    return this.url.split('?')[1] || '';
  }

  get href() {
    return `https://site.example${this.url}`;
  }

  get URL() {
    return new URL(this.href);
  }

  get(name) {
    return header(this.req, name);
  }

  is() {
    return 'json';
  }

  accepts(...kinds) {
    return [].concat(...kinds)[0];
  }

  set(name, value) {
    if (typeof name === 'object') for (const [one, text] of Object.entries(name)) this.res.setHeader(one, text);
    else this.res.setHeader(name, value);
  }

  append(name, value) {
    this.set(name, value);
  }

  throw(status, message) {
    const error = Object.assign(new Error(message || String(status)), { status, expose: true, thrown: true });
    throw error;
  }

  assert(ok, status, message) {
    if (!ok) this.throw(status, message);
  }

  redirect(url) {
    if (this.status === 404) this.status = 302;
    this.res.setHeader('location', url === 'back' ? this.get('Referrer') || '/' : url);
    this.type = 'text/plain';
    this.body = 'redirecting';
  }

  attachment(name) {
    this.set('content-disposition', `attachment; filename="${name}"`);
  }

  get session() {
    this.held = this.held || freshSession();
    return this.held;
  }

  set session(value) {
    this.held = value;
  }

  async render(view, values) {
    world.event('view', view, { values });
    this.body = 'rendered';
  }

  /** Text that begins like a tag is HTML, other text is plain, an object is JSON, unless its type is said. */
  finish() {
    const { body } = this;
    const known = { html: 'text/html', text: 'text/plain', json: 'application/json', xml: 'text/xml' };
    const said = this.type ? known[this.type] || this.type : this.res.getHeader('content-type');
    const guess = typeof body === 'string' ? (/^\s*</.test(body) ? 'text/html' : 'text/plain') : 'application/json';
    this.res.fields['content-type'] = said || guess;
    this.res.statusCode = this.status;
    if (body && typeof body.pipe === 'function') return this.res.end('stream');
    if (typeof body === 'object') world.event('json', body);
    return this.res.end(typeof body === 'string' || body === undefined ? body : JSON.stringify(body));
  }
}

async function compose(steps, context) {
  const dispatch = async (place) => {
    const step = steps[place];
    return step ? step(context, () => dispatch(place + 1)) : undefined;
  };
  try {
    await dispatch(0);
    await world.settle();
  } catch (error) {
    if (!error || !error.thrown) world.failed(error);
    context.body = (error && error.expose && error.message) || 'Internal Server Error';
    context.status = error && error.status;
    context.type = 'text/plain';
  }
  context.finish();
}

modules['koa'] = () =>
  class Koa {
    constructor() {
      Object.assign(this, { steps: [], context: {}, registered: false });
      world.entries.push(() => this.own());
      Koa.last = this;
    }

    use(step) {
      if (step.koaRoutes) step.koaRoutes.app = this;
      else this.steps.push(step);
      return this;
    }

    /** Without a router, what was installed is the route. */
    async own() {
      if (this.routed || !this.steps.length) return;
      for (const method of world.facts.methods.length ? world.facts.methods : ['GET']) {
        for (const path of ['/', ...world.facts.paths]) {
          await compose(this.steps, Object.assign(new Context(method, path), { app: this }));
          await world.settle();
        }
      }
    }

    callback() {
      return () => {};
    }

    listen(...all) {
      world.event('listen', hostOf(all));
      last(all)?.();
      return { close() {} };
    }

    on() {
      return this;
    }
  };

const koaRouter = () => {
  function KoaRouter(options) {
    if (!new.target) return new KoaRouter(options);
    this.steps = [];
    this.app = null;
  }
  const { prototype } = KoaRouter;
  for (const verb of verbs) {
    prototype[verb] = function add(path, ...steps) {
      const real = steps.length && typeof path !== 'function' ? steps : [path, ...steps];
      const named = typeof real[0] === 'string' ? real.slice(1) : real;
      world.entries.push(() => {
        if (this.app) this.app.routed = true;
        const context = new Context(verb === 'all' ? 'GET' : verb.toUpperCase(), typeof path === 'string' ? path : '/');
        return compose([...(this.app ? this.app.steps : []), ...this.steps, ...flat(named)], context);
      });
      return this;
    };
  }
  prototype.use = function use(...steps) {
    this.steps.push(...steps.filter((one) => typeof one === 'function' && !one.koaRoutes));
    return this;
  };
  prototype.prefix = function prefix() {
    return this;
  };
  prototype.routes = function routes() {
    if (world.standIn('koa').last) world.standIn('koa').last.routed = true;
    return Object.assign(() => {}, { koaRoutes: this });
  };
  prototype.middleware = prototype.routes;
  prototype.allowedMethods = () => async (context, next) => next();
  KoaRouter.Router = KoaRouter;
  return KoaRouter;
};
modules['@koa/router'] = koaRouter;
modules['koa-router'] = koaRouter;

const koaParser = () => {
  const parser =
    (options = {}) =>
    async (context, next) => {
      const kinds = [].concat(options.enableTypes || ['json']);
      if (kinds.some((one) => ['xml', 'text'].includes(one)) && !kinds.includes('json'))
        context.request.body = rawText();
      context.request.rawBody = world.filling.body();
      return next();
    };
  return Object.assign(parser, { koaBody: parser, bodyParser: parser });
};
modules['koa-bodyparser'] = koaParser;
modules['koa-body'] = koaParser;
modules['@koa/bodyparser'] = koaParser;
modules['koa-session'] = () => (options) => {
  world.event('session-config', options && options.use ? {} : options || {});
  return async (context, next) => next();
};
modules['koa-send'] =
  () =>
  async (context, name, options = {}) => {
    const path = real('node:path').posix;
    const root = options.root || '/srv/app';
    if (!`${path.join(root, name)}/`.startsWith(path.join(root, '/'))) context.throw(403);
    world.event('path', path.join(root, name), { call: 'send' });
  };
modules['koa-static'] = () => () => async (context, next) => next();
modules['@koa/cors'] = () => (options) => {
  world.event('cors', options ?? { origin: '*' });
  return async (context, next) => {
    if (options && typeof options.origin === 'function') {
      const asked = { get: () => 'https://zqx.example', request: context.request, headers: context.headers };
      world.event('cors', { ...options, origin: options.origin(asked) });
    }
    return next();
  };
};

return { modules };
