// Next: handlers of pages and of routes, and the Response that they give.
const modules = {};
const { Incoming, Outgoing, METHODS, header } = world.fill('messages');
const { Reply, expressRequest, chain } = world.fill('express-parts');

modules['next'] = () => ({
  enter(exported) {
    const routes = Object.entries(exported).filter(([name]) => METHODS.includes(name));
    const [handler] = [exported.default, exported].filter((one) => typeof one === 'function');
    for (const [method, run] of routes) world.entries.push(() => route(method, run));
    if (routes.length || !handler) return;
    for (const method of world.facts.methods.length ? world.facts.methods : ['GET']) {
      world.entries.push(() => {
        const request = expressRequest(method, '/api');
        return chain([handler], request, new Reply(request));
      });
    }
  },
  globals: { Response: RouteResponse, Headers, FormData },
});

class RouteResponse {
  constructor(body, { status = 200, headers = {} } = {}) {
    const plain = headers instanceof Headers ? Object.fromEntries(headers) : { ...headers };
    const fields = Object.fromEntries(Object.entries(plain).map(([name, value]) => [name.toLowerCase(), value]));
    Object.assign(this, { body, status, fields });
    this.headers = {
      set: (name, value) => (fields[name.toLowerCase()] = value),
      get: (name) => fields[name.toLowerCase()],
      append() {},
    };
    this.cookies = {
      set: (name, value, options = {}) => world.event('cookie', String(value), { name, options }),
      delete() {},
    };
  }

  static json(body, options = {}) {
    world.event('json', body);
    return new this(JSON.stringify(body), {
      ...options,
      headers: { 'content-type': 'application/json', ...options.headers },
    });
  }

  static redirect(url, status = 302) {
    return new this('', { status: typeof status === 'number' ? status : 302, headers: { location: String(url) } });
  }

  static next() {
    return new this('');
  }

  static rewrite(url) {
    return new this(`rewritten to ${url}`, { headers: { 'content-type': 'text/plain' } });
  }
}

async function route(method, run) {
  const url = `https://site.example${world.filling.url('/api/route')}`;
  const cookies = { get: (name) => ({ name, value: world.text(name) }), has: () => true };
  const incoming = new Incoming(method, '/api/route');
  const request = {
    method,
    url,
    nextUrl: new URL(url),
    cookies,
    ip: '192.0.2.7',
    headers: { get: (name) => header(incoming, name), has: () => true },
    json: async () => world.fields(),
    text: async () => ((world.used.rawBody = true), world.filling.body()),
    formData: async () => ({ get: (name) => world.text(name), has: () => true }),
    arrayBuffer: async () => Buffer.from(world.filling.body()),
  };
  const params = new Proxy(
    {},
    { get: (target, name) => (typeof name === 'string' && name !== 'then' ? world.text(name) : undefined) },
  );
  const response = await run(request, { params });
  await world.settle();
  if (!response) return;
  const told = new Outgoing();
  told.statusCode = response.status;
  for (const [name, value] of Object.entries(response.fields || {})) told.setHeader(name, value);
  if (!told.hasHeader('content-type')) told.fields['content-type'] = 'text/plain';
  told.end(response.body);
}

modules['next/server'] = () => ({ NextResponse: RouteResponse, NextRequest: class {} });
modules['next/headers'] = () => ({
  cookies: () => ({
    get: (name) => ({ value: world.text(name) }),
    set: (name, value, options = {}) => world.event('cookie', String(value), { name, options }),
  }),
  headers: () => ({ get: (name) => world.text(name) }),
});
modules['next/navigation'] = () => ({
  redirect: (url) => {
    world.event('redirect', String(url));
    throw Object.assign(new Error('NEXT_REDIRECT'), { thrown: true });
  },
});

return { modules };
