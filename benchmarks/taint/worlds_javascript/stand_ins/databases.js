// Databases that read SQL: statements are told as they would be sent.
const modules = {};
const { EventEmitter } = real('node:events');
const { ROW, rows, settled } = world.fill('rows');

/** Tell a statement with its values; where a callback is last, it gets the rows, else a promise does. */
function statement(dialect, all, shape) {
  const [first] = all;
  const text = typeof first === 'object' && first !== null ? (first.text ?? first.sql ?? first) : first;
  const done = all.find((one) => typeof one === 'function');
  world.event('sql', String(text), { dialect, values: all[1] });
  const failed = world.failing('database');
  if (done) setImmediate(() => settled(() => done.call({ lastID: 1, changes: 1 }, failed, failed ? undefined : shape)));
  return failed && !done ? Promise.reject(failed) : Promise.resolve(shape);
}

const quoted = (value) => {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === null || value === undefined) return 'NULL';
  return `'${String(value).replace(/\\/g, '\\\\').replace(/'/g, "\\'").replace(/"/g, '\\"')}'`;
};
const identifier = (name) => `\`${String(name).replace(/`/g, '``')}\``;
const format = (text, values) => {
  const left = [].concat(values ?? []);
  return text.replace(/\?\??/g, (mark) => (left.length ? (mark === '??' ? identifier : quoted)(left.shift()) : mark));
};

function mysql({ promises = false } = {}) {
  const query = (...all) => {
    const list = promises ? [rows(), []] : rows();
    return statement('mysql', all, list);
  };
  const connection = () => ({
    query,
    execute: query,
    connect: (done) => done && settled(() => done(null)),
    end() {},
    release() {},
    on() {},
    escape: quoted,
    escapeId: identifier,
    format,
    beginTransaction: async () => {},
    commit: async () => {},
    rollback: async () => {},
    promise: () => mysql({ promises: true }).createConnection(),
    destroy() {},
    getConnection: (done) => (done ? settled(() => done(null, connection())) : Promise.resolve(connection())),
  });
  const created = (options) => (world.event('config', [options], { call: 'createConnection' }), connection());
  return {
    createConnection: created,
    createPool: created,
    createPoolCluster: created,
    escape: quoted,
    escapeId: identifier,
    format,
    raw: (text) => text,
  };
}
modules['mysql'] = () => mysql();
modules['mysql2'] = () => mysql();
modules['mysql2/promise'] = () => {
  const made = mysql({ promises: true });
  return { ...made, createConnection: async (options) => made.createConnection(options) };
};
modules['sqlstring'] = () => ({ escape: quoted, escapeId: identifier, format });

modules['pg'] = () => {
  class Client extends EventEmitter {
    constructor(options) {
      super();
      world.event('config', [options], { call: 'pg' });
    }

    connect(done) {
      if (done) settled(() => done(null, this, () => {}));
      return Promise.resolve(this);
    }

    query(...all) {
      return statement('pg', all, { rows: rows(), rowCount: 1 });
    }

    escapeLiteral(text) {
      return `'${String(text).replace(/'/g, "''")}'`;
    }

    escapeIdentifier(text) {
      return `"${String(text).replace(/"/g, '""')}"`;
    }

    release() {}
    end() {}
  }
  return {
    Client,
    Pool: class Pool extends Client {},
    types: {},
    escapeLiteral: Client.prototype.escapeLiteral,
    escapeIdentifier: Client.prototype.escapeIdentifier,
  };
};
modules['pg-format'] = () => {
  const literal = (value) =>
    Array.isArray(value) ? value.map(literal).join(',') : `'${String(value).replace(/'/g, "''")}'`;
  const ident = (value) => `"${String(value).replace(/"/g, '""')}"`;
  const made = (text, ...values) =>
    text.replace(/%[LIs]/g, (mark) => ({ '%L': literal, '%I': ident, '%s': String })[mark](values.shift()));
  return Object.assign(made, { literal, ident, withArray: (text, values) => made(text, ...values) });
};

modules['sqlite3'] = () => {
  class Database {
    constructor(...all) {
      const done = all.find((one) => typeof one === 'function');
      if (done) setImmediate(() => settled(() => done(null)));
    }

    serialize(run) {
      run();
    }

    close() {}

    prepare(...all) {
      statement('sqlite', [all[0]], []);
      return {
        run: (...more) => statement('sqlite', ['', more.at(-1)], []),
        all: (...more) => callback(more, rows()),
        get: (...more) => callback(more, ROW),
        finalize() {},
      };
    }
  }
  const callback = (all, shape) => settled(() => typeof all.at(-1) === 'function' && all.at(-1)(null, shape));
  for (const [name, shape] of [
    ['all', rows()],
    ['get', { ...ROW }],
    ['run', undefined],
    ['exec', undefined],
    ['each', { ...ROW }],
  ]) {
    Database.prototype[name] = function told(...all) {
      statement('sqlite', all, shape);
      return this;
    };
  }
  return { Database, verbose: () => modules['sqlite3'](), OPEN_READONLY: 1 };
};
modules['sqlite'] = () => ({
  open: async () =>
    Object.fromEntries(
      ['all', 'get', 'run', 'exec', 'each'].map((name) => [
        name,
        (...all) => statement('sqlite', all, name === 'all' ? rows() : ROW),
      ]),
    ),
});
modules['better-sqlite3'] = () =>
  class Database {
    prepare(text) {
      world.event('sql', String(text), { dialect: 'sqlite' });
      const made = {
        all: () => rows(),
        get: () => ({ ...ROW }),
        run: () => ({ changes: 1, lastInsertRowid: 1 }),
        iterate: () => rows()[Symbol.iterator](),
        pluck: () => made,
        bind: () => made,
      };
      return made;
    }

    exec(text) {
      world.event('sql', String(text), { dialect: 'sqlite' });
      return this;
    }

    pragma() {}

    transaction(run) {
      return run;
    }
  };
modules['mssql'] = () => {
  class Request {
    input() {
      return this;
    }

    query(text) {
      return statement('mssql', [text], { recordset: rows(), rowsAffected: [1] });
    }

    batch(text) {
      return this.query(text);
    }
  }
  const pool = {
    request: () => new Request(),
    query: (text) => new Request().query(text),
    connect: async () => pool,
    close() {},
  };
  return {
    connect: async () => pool,
    Request,
    ConnectionPool: class {
      request() {
        return new Request();
      }
      connect() {
        return Promise.resolve(this);
      }
    },
    VarChar: 'varchar',
    Int: 'int',
    NVarChar: 'nvarchar',
    query: (text) => pool.query(text),
  };
};

/** A query builder: only its raw parts are text of the statement. */
function builder() {
  const made = {};
  const raw = ['raw', 'whereRaw', 'orWhereRaw', 'havingRaw', 'orderByRaw', 'groupByRaw', 'joinRaw', 'selectRaw'];
  const plain =
    'select from where andWhere orWhere whereIn whereNot orderBy groupBy join leftJoin insert into update del delete limit offset first returning count table having whereLike'.split(
      ' ',
    );
  for (const name of raw)
    made[name] = (text, values) => (world.event('sql', String(text), { dialect: 'pg', values }), made);
  for (const name of plain) made[name] = () => made;
  made.then = (done, failed) => Promise.resolve(rows()).then(done, failed);
  made.catch = (failed) => Promise.resolve(rows()).catch(failed);
  made.transacting = () => made;
  return made;
}
modules['knex'] = () => {
  const connect = () =>
    Object.assign(() => builder(), {
      raw: builder().raw,
      schema: builder(),
      select: () => builder(),
      from: () => builder(),
      fn: {},
      transaction: async (run) => run(connect()),
    });
  return Object.assign(connect, { knex: connect, default: connect });
};
modules['sequelize'] = () => {
  const literal = (text) => (world.event('sql', String(text), { dialect: 'pg' }), { val: text });
  const model = () => {
    const found = async () => ({ ...ROW, save: async () => {}, update: async () => {} });
    return {
      findAll: async () => rows(),
      findOne: found,
      findByPk: found,
      create: found,
      update: async () => [1],
      destroy: async () => 1,
      count: async () => 1,
      findAndCountAll: async () => ({ rows: rows() }),
      belongsTo() {},
      hasMany() {},
    };
  };
  class Sequelize {
    constructor(...all) {
      world.event('config', all, { call: 'Sequelize' });
    }

    query(text, options) {
      const sql = typeof text === 'object' ? text.query : text;
      return statement('pg', [sql, options && (options.replacements || options.bind)], [rows(), {}]);
    }

    define() {
      return model();
    }

    escape(value) {
      return quoted(value);
    }

    authenticate() {}
    sync() {}
  }
  Object.assign(Sequelize, {
    literal,
    QueryTypes: { SELECT: 'SELECT' },
    DataTypes: {},
    Op: { like: Symbol('like'), eq: Symbol('eq'), and: Symbol('and') },
    fn: () => ({}),
    col: (name) => name,
  });
  Sequelize.prototype.literal = literal;
  class Model {}
  Object.assign(Model, model(), { init: () => model() });
  return Object.assign(Sequelize, { Sequelize, Model, default: Sequelize });
};
modules['typeorm'] = () => {
  const query = (...all) => statement('pg', all, rows());
  const build = () => {
    const made = {};
    for (const name of ['where', 'andWhere', 'orWhere', 'orderBy', 'having'])
      made[name] = (text) => (typeof text === 'string' && world.event('sql', text, { dialect: 'pg' }), made);
    for (const name of [
      'select',
      'from',
      'leftJoin',
      'limit',
      'skip',
      'take',
      'setParameter',
      'setParameters',
      'update',
      'set',
      'delete',
    ])
      made[name] = () => made;
    return Object.assign(made, {
      getMany: async () => rows(),
      getOne: async () => ROW,
      getRawMany: async () => rows(),
      execute: async () => ({}),
    });
  };
  const repository = {
    query,
    createQueryBuilder: build,
    find: async () => rows(),
    findOneBy: async () => ROW,
    findOne: async () => ROW,
    save: async () => ({}),
  };
  class DataSource {
    constructor() {
      Object.assign(this, { manager: repository, query });
    }

    getRepository() {
      return repository;
    }

    createQueryBuilder() {
      return build();
    }

    initialize() {
      return Promise.resolve(this);
    }
  }
  return {
    DataSource,
    getRepository: () => repository,
    getConnection: () => new DataSource(),
    getManager: () => repository,
  };
};
modules['@prisma/client'] = () => {
  const tagged = async (parts, ...values) => {
    const text = Array.isArray(parts) ? parts.join('?') : (parts.text ?? String(parts));
    world.event('sql', text, { dialect: 'pg', values });
    return rows();
  };
  class PrismaClient {
    constructor() {
      Object.assign(this, { $queryRaw: tagged, $executeRaw: tagged });
      this.$queryRawUnsafe = this.$executeRawUnsafe = (text, ...values) => statement('pg', [text, values], rows());
      const table = {
        findMany: async () => rows(),
        findFirst: async () => ROW,
        findUnique: async () => ROW,
        create: async (given) => (world.event('assigned', given.data), ROW),
        update: async (given) => (world.event('assigned', given.data), ROW),
      };
      return new Proxy(this, {
        get: (target, name) => target[name] ?? (typeof name === 'string' && name !== 'then' ? table : undefined),
      });
    }
  }
  const sql = (parts, ...values) => ({ text: parts.join('?'), values });
  return {
    PrismaClient,
    Prisma: { sql, raw: (text) => ({ text }), join: (values) => ({ text: values.map(() => '?').join() }) },
  };
};

return { modules };
