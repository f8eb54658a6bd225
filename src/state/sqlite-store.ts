/**
 * State in one SQLite file (node:sqlite, WAL): the embedded default.
 * A file that is damaged, newer, or something else is refused and left as it is.
 */
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { StateError } from '../errors.ts';
import type { FindingRecord } from '../model/change.ts';
import type { RunRecord } from '../model/run.ts';
import { heldBy, takenOver } from './lease-errors.ts';
import { isDead, thisProcess } from './process-identity.ts';
import type { FindingFilter, Lease, OutboxRow, StateStore } from './state-store.ts';

/** `CWDN`: tells our files from other databases. */
const applicationId = 0x4357444e;
const schemaVersion = 3;
/** Between two tries to open a file that another process is just making. */
const openPauseMs = 20;
/** Findings read at once by an iteration; memory stays flat however many there are. */
const pageSize = 500;
/** Resolved findings older than this are not compared with any more. */
const resolvedKeptMs = 365 * 86_400_000;

const bytesTable = 'create table bytes (key text primary key, bytes blob not null, at text not null) strict;';
const schema = `
  create table lease (name text primary key, run_id text not null, fence integer not null, since text not null, expires integer not null, holder text not null default '') strict;
  create table finding (
    id text primary key, scope text not null, account_id text not null, check_id text not null, state text not null,
    run_id text not null, changed_at text not null, record text not null) strict;
  create index finding_scope on finding (scope);
  create index finding_run on finding (run_id, id);
  create table run (id text primary key, started_at text not null, record text not null) strict;
  create table outbox (key text primary key, sink text not null, destination text not null, state text not null, created_at text not null, row text not null) strict;
  create table value (key text primary key, value text not null, at text not null) strict;
  ${bytesTable}
  pragma application_id = ${applicationId};
  pragma user_version = ${schemaVersion};
`;

/** What leads from a version to the next one. */
const migrations: Readonly<Record<number, string>> = {
  1: `alter table lease add column holder text not null default ''; pragma user_version = 2`,
  // What stood among the values as bytes can be had again.
  2: `${bytesTable} delete from value where key like 'bytes/%'; pragma user_version = 3`,
};

/**
 * @param file path, or `:memory:`
 * @param busyMs how long a write waits for another process
 * @throws StateError with the remedy
 */
export function openSqliteStore(file: string, busyMs = 5000): StateStore {
  return createStore(openDatabase(file, busyMs), file);
}

function openDatabase(file: string, busyMs: number): DatabaseSync {
  const deadline = Date.now() + busyMs;
  for (;;) {
    let database: DatabaseSync | undefined;
    try {
      database = new DatabaseSync(file, { timeout: busyMs });
      if (isEmpty(database)) createSchema(database);
      assertOurs(database, file);
      migrate(database);
      return database;
    } catch (error) {
      database?.close();
      if (!isLocked(error) || Date.now() > deadline) throw toStateError(error, file);
      // SQLite's own timeout does not cover the change to WAL, which another first start may be about.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, openPauseMs);
    }
  }
}

function toStateError(error: unknown, file: string): StateError {
  if (error instanceof StateError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const text = /not a database|malformed|corrupt/i.test(message)
    ? damaged(file, message)
    : `${file} cannot be opened as state: ${message}; check that the directory exists and may be written`;
  return new StateError(text, { cause: error });
}

function isLocked(error: unknown): boolean {
  return error instanceof Error && /locked|busy/i.test(error.message);
}

/** No file yet, or what an interrupted first start leaves. */
function isEmpty(database: DatabaseSync): boolean {
  return pragma(database, 'application_id') === 0 && countTables(database) === 0;
}

function createSchema(database: DatabaseSync): void {
  database.exec('pragma journal_mode = wal');
  inTransaction(database, () => {
    // Two first starts at the same time: the other one was quicker.
    if (isEmpty(database)) database.exec(schema);
  });
}

/** Only reads: a file that is refused stays as it is. */
function assertOurs(database: DatabaseSync, file: string): void {
  if (pragma(database, 'application_id') !== applicationId)
    throw new StateError(`${file} is a database, but not a Costwarden state; name another file in state.file`);
  const version = pragma(database, 'user_version');
  if (version > schemaVersion) {
    throw new StateError(
      `${file} was written by a newer Costwarden (state version ${version}, this one knows ${schemaVersion}); use that version or another file. Nothing was changed`,
    );
  }
  const check = String(database.prepare('pragma quick_check(1)').get()?.['quick_check']);
  if (check !== 'ok') throw new StateError(damaged(file, check));
}

/** One version after the other, each whole or not at all. */
function migrate(database: DatabaseSync): void {
  for (;;) {
    const isDone = inTransaction(database, () => {
      const version = pragma(database, 'user_version');
      if (version < schemaVersion) database.exec(migrations[version] ?? '');
      return pragma(database, 'user_version') === version;
    });
    if (isDone) return;
  }
}

function pragma(database: DatabaseSync, name: 'application_id' | 'user_version'): number {
  return Number(database.prepare(`pragma ${name}`).get()?.[name]);
}

function countTables(database: DatabaseSync): number {
  return Number(database.prepare("select count(*) as n from sqlite_schema where type = 'table'").get()?.['n']);
}

function damaged(file: string, message: string): string {
  const problem = message.replace(/\s+/g, ' ');
  return `${file} is damaged (${problem}); nothing was changed. Restore a backup, or move it away to start anew: findings will then be told as new`;
}

function createStore(database: DatabaseSync, file: string): StateStore {
  const statements = new Map<string, Statement>();
  const sql = (text: string): Statement => {
    const known = statements.get(text) ?? explained(database.prepare(text), file);
    statements.set(text, known);
    return known;
  };
  /**
   * What is sent or decided upon must be on the disk when the call returns. The rest may follow with the next such
   * write: a power failure then takes back the last accounts of a run, whole transactions in their order, no more.
   */
  const write = <T>(work: () => T, isUrgent = true): T => {
    try {
      database.exec(`pragma synchronous = ${isUrgent ? 'full' : 'normal'}`);
      return inTransaction(database, work);
    } catch (error) {
      throw explain(error, file);
    }
  };
  const guarded = (lease: Lease, work: () => void, isUrgent = true): void => {
    write(() => {
      const row = sql('select run_id, fence from lease where name = ?').get(lease.name);
      if (row === undefined || Number(row['fence']) !== lease.fence)
        throw takenOver(row === undefined ? 'nobody' : String(row['run_id']));
      work();
    }, isUrgent);
  };

  return {
    async acquireLease({ name, runId, ttlMs, now }) {
      return write(() => {
        const row = sql('select run_id, fence, since, expires, holder from lease where name = ?').get(name);
        const isAlive =
          row !== undefined &&
          Number(row['expires']) > Date.parse(now) &&
          row['run_id'] !== runId &&
          !isDead(String(row['holder']));
        if (isAlive) throw heldBy(String(row['run_id']), String(row['since']));
        const fence = Number(row?.['fence'] ?? 0) + 1;
        const expires = Date.parse(now) + ttlMs;
        sql('insert or replace into lease values (?, ?, ?, ?, ?, ?)').run(
          name,
          runId,
          fence,
          now,
          expires,
          thisProcess(),
        );
        return { name, runId, fence, since: now };
      });
    },
    async renewLease(lease, { ttlMs, now }) {
      guarded(lease, () => sql('update lease set expires = ? where name = ?').run(Date.parse(now) + ttlMs, lease.name));
    },
    async releaseLease(lease) {
      // The row stays for its fence: the next holder counts on from it.
      write(() => sql('update lease set expires = 0 where name = ? and fence = ?').run(lease.name, lease.fence));
    },

    async findingsOfScope(scope) {
      const oldest = new Date(Date.now() - resolvedKeptMs).toISOString();
      const rows = sql("select record from finding where scope = ? and (state <> 'resolved' or changed_at >= ?)").all(
        scope,
        oldest,
      );
      return rows.map((row) => parse<FindingRecord>(row['record'], file));
    },
    async *findings(filter = {}) {
      const { where, values } = conditions(filter);
      let after = '';
      for (;;) {
        const rows = sql(`select id, record from finding where id > ? ${where} order by id limit ${pageSize}`).all(
          after,
          ...values,
        );
        for (const row of rows) yield parse<FindingRecord>(row['record'], file);
        const last = rows.at(-1);
        if (last === undefined || rows.length < pageSize) return;
        after = String(last['id']);
      }
    },
    async finding(id) {
      const row = sql('select record from finding where id = ?').get(id);
      return row === undefined ? undefined : parse<FindingRecord>(row['record'], file);
    },
    async saveFindings(lease, records) {
      if (records.length === 0) return;
      guarded(
        lease,
        () => {
          for (const record of records) {
            const { finding, scope, state, runId, changedAt } = record;
            sql('insert or replace into finding values (?, ?, ?, ?, ?, ?, ?, ?)').run(
              finding.id,
              scope,
              finding.accountId,
              finding.checkId,
              state,
              runId,
              changedAt,
              JSON.stringify(record),
            );
          }
        },
        false,
      );
    },

    async run(id) {
      const row = sql('select record from run where id = ?').get(id);
      return row === undefined ? undefined : parse<RunRecord>(row['record'], file);
    },
    async runs(limit) {
      const rows = sql('select record from run order by started_at desc, id desc limit ?').all(limit);
      return rows.map((row) => parse<RunRecord>(row['record'], file));
    },
    async saveRun(lease, run, outbox) {
      guarded(lease, () => {
        sql('insert or replace into run values (?, ?, ?)').run(run.id, run.startedAt, JSON.stringify(run));
        for (const row of outbox) putOutbox(sql, row);
      });
    },

    async outboxRow(key) {
      const row = sql('select row from outbox where key = ?').get(key);
      return row === undefined ? undefined : parse<OutboxRow>(row['row'], file);
    },
    async outbox({ sink, destination, states, limit = 1000 } = {}) {
      const rows = sql('select row from outbox order by created_at desc, key')
        .all()
        .map((row) => parse<OutboxRow>(row['row'], file));
      return rows
        .filter(
          (row) =>
            (sink === undefined || row.sink === sink) &&
            (destination === undefined || row.destination === destination) &&
            (states === undefined || states.includes(row.state)),
        )
        .slice(0, limit);
    },
    async updateOutbox(row) {
      write(() => putOutbox(sql, row));
    },

    async value(key) {
      const row = sql('select value, at from value where key = ?').get(key);
      return row === undefined ? undefined : { value: parse<unknown>(row['value'], file), at: String(row['at']) };
    },
    async putValue(key, value, at, lease) {
      const put = (): void => {
        sql('insert or replace into value values (?, ?, ?)').run(key, JSON.stringify(value), at);
      };
      if (lease === undefined) write(put, false);
      else guarded(lease, put, false);
    },
    async bytes(key) {
      const found = sql('select bytes from bytes where key = ?').get(key)?.['bytes'];
      return found instanceof Uint8Array ? found : undefined;
    },
    async putBytes(key, bytes, at, lease) {
      const put = (): void => {
        sql('insert or replace into bytes values (?, ?, ?)').run(key, bytes, at);
      };
      if (lease === undefined) write(put, false);
      else guarded(lease, put, false);
    },
    async close() {
      statements.clear();
      database.close();
    },
  };
}

function putOutbox(sql: (text: string) => Statement, row: OutboxRow): void {
  const { key, sink, destination, state, createdAt } = row;
  sql('insert or replace into outbox values (?, ?, ?, ?, ?, ?)').run(
    key,
    sink,
    destination,
    state,
    createdAt,
    JSON.stringify(row),
  );
}

function conditions({ states, runId, accountId, checkId, changedAfter }: FindingFilter): {
  where: string;
  values: string[];
} {
  const parts: string[] = [];
  const values: string[] = [];
  const add = (text: string, ...given: string[]): void => {
    parts.push(`and ${text}`);
    values.push(...given);
  };
  if (states !== undefined) add(`state in (${states.map(() => '?').join(', ')})`, ...states);
  if (runId !== undefined) add('run_id = ?', runId);
  if (accountId !== undefined) add('account_id = ?', accountId);
  if (checkId !== undefined) add('check_id = ?', checkId);
  if (changedAfter !== undefined) add('changed_at > ?', changedAfter);
  return { where: parts.join(' '), values };
}

/** What SQLite keeps whole can still be damaged inside. @throws StateError */
function parse<T>(text: unknown, file: string): T {
  try {
    return JSON.parse(String(text)) as T;
  } catch (error) {
    throw new StateError(damaged(file, `a record cannot be read: ${String(error)}`), { cause: error });
  }
}

/** Write transactions take the lock at once: two tasks then wait for each other instead of failing half-way. */
function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('begin immediate');
  try {
    const result = work();
    database.exec('commit');
    return result;
  } catch (error) {
    // A full disk has ended the transaction already; the reason must not be lost over that.
    if (database.isTransaction) database.exec('rollback');
    throw error;
  }
}

type Row = Record<string, SQLOutputValue>;

/** What is used of SQLite's own. */
type Statement = {
  get(...values: SQLInputValue[]): Row | undefined;
  all(...values: SQLInputValue[]): Row[];
  run(...values: SQLInputValue[]): unknown;
};

/** Damage that the look at the start does not find shows when a record is read. */
function explained(statement: StatementSync, file: string): Statement {
  const orExplain = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw explain(error, file);
    }
  };
  return {
    get: (...values) => orExplain(() => statement.get(...values)),
    all: (...values) => orExplain(() => statement.all(...values)),
    run: (...values) => orExplain(() => statement.run(...values)),
  };
}

/** What the disk or another program is to blame for, in one sentence; anything else is ours and stays as it is. */
function explain(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_SQLITE_ERROR') return error;
  const remedy = isLocked(error)
    ? 'another program holds it; close that one and run again'
    : 'check the disk space and the rights on the file, then run again; a file that was cut short is to be restored';
  return new StateError(`${file} could not be read or written: ${error.message}; ${remedy}`, { cause: error });
}
