// Document stores and directories: queries, filters and names are told as they would be sent.
const modules = {};
const { EventEmitter } = real('node:events');
const { ROW, rows, settled } = world.fill('rows');

function collection() {
  const told = (filter, done, result) => {
    world.event('nosql', filter ?? {});
    const call = [done].flat().find((one) => typeof one === 'function');
    const failed = world.failing('documents');
    if (call) setImmediate(() => settled(() => call(failed, failed ? undefined : result)));
    if (call) return undefined;
    return failed ? Promise.reject(failed) : Promise.resolve(result);
  };
  const cursor = (filter, done) => {
    told(filter, done, rows());
    const made = {
      toArray: async (run) => (run ? run(null, rows()) : rows()),
      exec: async (run) => (run ? run(null, rows()) : rows()),
      count: async () => 1,
      forEach: async () => {},
      next: async () => ROW,
    };
    for (const name of ['limit', 'sort', 'skip', 'project', 'lean', 'select', 'populate', 'setOptions', 'collation'])
      made[name] = () => made;
    made.where = (name, value) => (
      typeof name === 'object' ? told(name) : value !== undefined && told({ [name]: value }),
      made
    );
    for (const name of ['equals', 'gt', 'gte', 'lt']) made[name] = () => made;
    made.$where = (text) => (told({ $where: text }), made);
    made.then = (run, failed) => Promise.resolve(rows()).then(run, failed);
    made.catch = (failed) => Promise.resolve(rows()).catch(failed);
    made[Symbol.asyncIterator] = async function* each() {
      yield* rows();
    };
    return made;
  };
  const one = (filter, ...rest) => {
    const found = { ...ROW, save: async () => {}, toObject: () => ROW, comparePassword: async () => true };
    const promised = told(filter, rest, found);
    if (!promised) return undefined;
    for (const name of ['lean', 'select', 'populate', 'exec', 'setOptions', 'sort']) promised[name] = () => promised;
    return promised;
  };
  const made = {
    find: cursor,
    aggregate: (stages) => cursor({ $and: stages }),
    distinct: (name, filter) => told(filter),
    insertOne: async (doc) => (world.event('assigned', doc), { insertedId: 1 }),
    insertMany: async () => ({}),
    bulkWrite: async (all) => world.event('nosql', all),
  };
  for (const name of [
    'findOne',
    'findOneAndUpdate',
    'findOneAndDelete',
    'findOneAndReplace',
    'updateOne',
    'updateMany',
    'deleteOne',
    'deleteMany',
    'countDocuments',
    'count',
    'replaceOne',
    'remove',
    'update',
    'exists',
  ])
    made[name] = one;
  return made;
}
modules['mongodb'] = () => {
  const db = { collection, command: async () => ({}), admin: () => db };
  class MongoClient {
    connect(done) {
      if (typeof done === 'function') done(null, this);
      return Promise.resolve(this);
    }

    db() {
      return db;
    }

    close() {}

    static connect(url, ...rest) {
      const done = rest.find((one) => typeof one === 'function');
      if (done) setImmediate(() => settled(() => done(null, new MongoClient())));
      return Promise.resolve(new MongoClient());
    }
  }
  class ObjectId {
    constructor(text) {
      if (typeof text === 'object' || !/^[0-9a-f]{24}$/.test(String(text)))
        throw new TypeError('Argument passed in must be a string of 12 bytes or a string of 24 hex characters');
      this.text = String(text);
    }

    static isValid(text) {
      return /^[0-9a-f]{24}$/.test(String(text));
    }
  }
  return { MongoClient, ObjectId, ObjectID: ObjectId };
};
modules['mongoose'] = () => {
  const settings = {};
  const literal = (filter) => {
    if (!settings.sanitizeFilter || typeof filter !== 'object' || filter === null) return filter;
    const operators = (value) =>
      typeof value === 'object' && value !== null && Object.keys(value).some((key) => key.startsWith('$'));
    return Object.fromEntries(
      Object.entries(filter).map(([key, value]) => [key, operators(value) ? { $eq: value } : value]),
    );
  };
  const model = () => {
    class Document {
      constructor(values) {
        world.event('assigned', values);
        Object.assign(this, values, { save: async () => this });
      }
    }
    const calls = collection();
    for (const [name, run] of Object.entries(calls))
      Document[name] = (filter, ...rest) => run(name === 'aggregate' ? filter : literal(filter), ...rest);
    for (const name of ['findById', 'findByIdAndUpdate', 'findByIdAndDelete']) {
      Document[name] = (id, ...rest) => {
        if (rest[0] && typeof rest[0] === 'object') world.event('assigned', rest[0]);
        return calls.findOne({ _id: String(id) }, ...rest);
      };
    }
    Document.where = (...all) => calls.find({}).where(...all);
    Document.create = async (values) => new Document(values);
    return Document;
  };
  class Schema {
    constructor() {
      this.methods = {};
      this.statics = {};
    }

    pre() {}
    index() {}
    virtual() {
      return { get() {} };
    }
  }
  Schema.Types = { ObjectId: 'ObjectId', Mixed: 'Mixed' };
  const { ObjectId } = world.standIn('mongodb');
  return {
    model,
    Schema,
    connect: async () => {},
    connection: { on() {} },
    set: (name, value) => (settings[name] = value),
    Types: { ObjectId },
    isValidObjectId: ObjectId.isValid,
    models: {},
    trusted: (value) => value,
  };
};
modules['express-mongo-sanitize'] = () => {
  const cleaned = (value) => {
    if (Array.isArray(value)) return value.map(cleaned);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key]) => !/^\$|\./.test(key))
        .map(([key, inner]) => [key, cleaned(inner)]),
    );
  };
  const middleware = () => (request, reply, next) => {
    for (const kind of ['body', 'params', 'query']) request[kind] = cleaned(request[kind]);
    next();
  };
  return Object.assign(middleware, { sanitize: cleaned });
};
modules['mongo-sanitize'] = () => (value) => {
  if (typeof value === 'object' && value !== null)
    for (const key of Object.keys(value)) if (key.startsWith('$')) delete value[key];
  return value;
};

// --- directories

modules['ldapjs'] = () => {
  const escaped = (text) =>
    String(text).replace(/[\\*()\0]/g, (mark) => `\\${mark.charCodeAt(0).toString(16).padStart(2, '0')}`);
  class Filter {
    constructor(options = {}) {
      Object.assign(this, options);
    }
  }
  class EqualityFilter extends Filter {
    toString() {
      return `(${this.attribute}=${escaped(this.value)})`;
    }
  }
  class PresenceFilter extends Filter {
    toString() {
      return `(${this.attribute}=*)`;
    }
  }
  class SubstringFilter extends Filter {
    toString() {
      return `(${this.attribute}=${[this.initial, ...(this.any || []), this.final].map((one) => escaped(one ?? '')).join('*')})`;
    }
  }
  class AndFilter extends Filter {
    toString() {
      return `(&${this.filters.map(String).join('')})`;
    }
  }
  class OrFilter extends AndFilter {
    toString() {
      return `(|${this.filters.map(String).join('')})`;
    }
  }
  const answer = () => {
    const found = new EventEmitter();
    setImmediate(() =>
      settled(() => {
        found.emit('searchEntry', { object: { cn: 'known', uid: 'known' }, pojo: { attributes: [] }, attributes: [] });
        found.emit('end', { status: 0 });
      }),
    );
    return found;
  };
  const client = () => ({
    bind: (dn, password, done) => (world.event('dn', String(dn)), setImmediate(() => settled(() => done(null)))),
    unbind: (done) => done && done(),
    destroy() {},
    on() {},
    starttls: (options, controls, done) => (world.event('tls', options, { call: 'starttls' }), done(null)),
    search: (base, options, ...rest) => {
      world.event('dn', String(base));
      world.event('ldap', String(options.filter ?? '(objectclass=*)'));
      setImmediate(() => settled(() => rest.at(-1)(null, answer())));
    },
    add: (dn, entry, done) => (world.event('dn', String(dn)), settled(() => done(null))),
    del: (dn, done) => (world.event('dn', String(dn)), settled(() => done(null))),
    modify: (dn, change, done) => (world.event('dn', String(dn)), settled(() => done(null))),
    compare: (dn, name, value, done) => (world.event('dn', String(dn)), settled(() => done(null, true))),
  });
  class RDN {
    constructor(parts) {
      this.text = Object.entries(parts)
        .map(([name, value]) => `${name}=${String(value).replace(/[,+"\\<>;=]/g, '\\$&')}`)
        .join('+');
    }

    toString() {
      return this.text;
    }
  }
  class DN {
    constructor({ rdns = [] } = {}) {
      this.rdns = rdns;
    }

    toString() {
      return this.rdns.map(String).join(',');
    }
  }
  const parseFilter = (text) => ({ toString: () => text });
  return {
    createClient: (options) => (world.event('config', [options], { call: 'ldap.createClient' }), client()),
    EqualityFilter,
    PresenceFilter,
    SubstringFilter,
    AndFilter,
    OrFilter,
    RDN,
    DN,
    parseFilter,
    filters: { EqualityFilter, PresenceFilter, SubstringFilter, AndFilter, OrFilter },
  };
};
modules['ldap-escape'] = () => ({
  filter: (parts, ...values) =>
    String.raw(
      { raw: parts },
      ...values.map((one) =>
        String(one).replace(/[\\*()\0]/g, (mark) => `\\${mark.charCodeAt(0).toString(16).padStart(2, '0')}`),
      ),
    ),
  dn: (parts, ...values) =>
    String.raw({ raw: parts }, ...values.map((one) => String(one).replace(/[,+"\\<>;=#]/g, '\\$&'))),
});
modules['ldapts'] = () => ({
  Client: class {
    async bind(dn) {
      world.event('dn', String(dn));
    }

    async search(base, options = {}) {
      world.event('dn', String(base));
      world.event('ldap', String(options.filter ?? '(objectclass=*)'));
      return { searchEntries: [{ cn: 'known', dn: 'cn=known' }] };
    }

    async unbind() {}
  },
  EqualityFilter: world.standIn('ldapjs').EqualityFilter,
  AndFilter: world.standIn('ldapjs').AndFilter,
});
modules['redis'] = () => ({
  createClient: () => ({
    connect: async () => {},
    on() {},
    get: async () => null,
    set: async () => 'OK',
    setEx: async () => 'OK',
    del: async () => 1,
    eval: async (text) => world.event('code', String(text)),
  }),
});

return { modules };
