import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StateError } from '../../src/errors.ts';
import { openSqliteStore } from '../../src/state/sqlite-store.ts';
import { testStateStore } from './contract.ts';
import { at, idsOf, recordOf } from './records.ts';

function newDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'costwarden-state-'));
}

describe('a SQLite store', () => {
  testStateStore(async () => {
    const directory = newDirectory();
    return {
      open: () => openSqliteStore(join(directory, 'state.db')),
      remove: async () => rmSync(directory, { recursive: true }),
      sequences: 300,
      pages: { findings: 1100, bytes: 10 },
    };
  });
});

describe('a SQLite file', () => {
  let directory: string;
  let file: string;
  beforeEach(() => {
    directory = newDirectory();
    file = join(directory, 'state.db');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  /** A state with findings, on one page each and more. */
  const fill = async (): Promise<void> => {
    const store = openSqliteStore(file);
    const lease = await store.acquireLease({ name: 'audit', runId: 'run-1', ttlMs: 90_000, now: at(0) });
    await store.saveFindings(
      lease,
      Array.from({ length: 100 }, (_, number) => recordOf(number)),
    );
    await store.close();
  };
  const expectRefused = (message: RegExp): void => {
    const before = readFileSync(file);
    const open = (): unknown => openSqliteStore(file);
    expect(open).toThrow(StateError);
    expect(open).toThrow(message);
    expect(readFileSync(file).equals(before)).toBe(true);
  };

  test('remembers across handles', async () => {
    await fill();
    const store = openSqliteStore(file);
    expect((await idsOf(store.findings())).length).toBe(100);
    await store.close();
  });

  test('that is no database is refused and left as it is', () => {
    writeFileSync(file, 'not a database, '.repeat(100));
    expectRefused(/state\.db is damaged \(file is not a database\); nothing was changed\. Restore a backup/);
  });

  test('that was cut off is refused and left as it is', async () => {
    await fill();
    writeFileSync(file, readFileSync(file).subarray(0, 20_000));
    expectRefused(/state\.db is damaged \(.+\); nothing was changed/);
  });

  test('with a damaged page in the middle is refused and left as it is', async () => {
    await fill();
    const bytes = readFileSync(file);
    bytes.fill(0xa5, 8 * 4096, 10 * 4096);
    writeFileSync(file, bytes);
    expectRefused(/state\.db is damaged \(.+\); nothing was changed/);
  });

  test('of a newer Costwarden is refused and left as it is', async () => {
    await fill();
    const database = new DatabaseSync(file);
    database.exec('pragma user_version = 4');
    database.close();
    expectRefused(/written by a newer Costwarden \(state version 4, this one knows 3\); use that version/);
  });

  test.each([
    ['first', 'drop table bytes; alter table lease drop column holder; pragma user_version = 1'],
    ['second', 'drop table bytes; pragma user_version = 2'],
  ])('of the %s version is brought up to date and keeps what it holds', async (_, back) => {
    await fill();
    const database = new DatabaseSync(file);
    database.exec(back);
    database.close();
    const store = openSqliteStore(file);
    expect((await idsOf(store.findings())).length).toBe(100);
    const lease = await store.acquireLease({ name: 'audit', runId: 'run-2', ttlMs: 90_000, now: at(100) });
    await store.putBytes('bill/index', Uint8Array.of(1, 2, 3), at(100), lease);
    await store.close();
    const again = openSqliteStore(file);
    expect(await again.bytes('bill/index')).toEqual(Uint8Array.of(1, 2, 3));
    await again.close();
  });

  test('whose run was killed on this machine is free at once, and not while the run lives', async () => {
    const script = `
      const { openSqliteStore } = await import(${JSON.stringify(new URL('../../src/state/sqlite-store.ts', import.meta.url).href)});
      await openSqliteStore(${JSON.stringify(file)}).acquireLease({ name: 'audit', runId: 'run-1', ttlMs: 90_000, now: new Date().toISOString() });
      console.log('held');
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
    await once(child.stdout, 'data');
    const store = openSqliteStore(file);
    const take = () =>
      store.acquireLease({ name: 'audit', runId: 'run-2', ttlMs: 90_000, now: new Date().toISOString() });
    await expect(take()).rejects.toThrow(/run-1/);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await take()).toMatchObject({ fence: 2 });
    await store.close();
  });

  test('of another program is refused and left as it is', () => {
    const database = new DatabaseSync(file);
    database.exec('create table finding (id text)');
    database.close();
    expectRefused(/is a database, but not a Costwarden state; name another file in state\.file/);
  });

  test('with the mark of another program and no tables is refused, too', () => {
    const database = new DatabaseSync(file);
    database.exec('pragma application_id = 7');
    database.close();
    expectRefused(/not a Costwarden state/);
  });

  test('that is empty becomes a state, as one left by an interrupted first start', async () => {
    writeFileSync(file, '');
    await fill();
    const store = openSqliteStore(file);
    expect(await store.finding('f_7')).toEqual(recordOf(7));
    await store.close();
  });

  test('in a directory that does not exist says so', () => {
    const open = (): unknown => openSqliteStore(join(directory, 'absent', 'state.db'));
    expect(open).toThrow(StateError);
    expect(open).toThrow(/absent\/state\.db cannot be opened as state: .+; check that the directory exists/);
  });

  test('that is a directory says so', () => {
    mkdirSync(file);
    expect(() => openSqliteStore(file)).toThrow(/state\.db cannot be opened as state/);
  });

  test('that another program holds for long is a clear error, not a crash', async () => {
    const store = openSqliteStore(file, 50);
    const database = new DatabaseSync(file);
    database.exec('begin immediate');
    await expect(store.putValue('x', 1, at(0))).rejects.toThrow(
      new StateError(
        `${file} could not be read or written: database is locked; another program holds it; close that one and run again`,
      ),
    );
    await expect(store.value('x')).resolves.toBeUndefined();
    database.exec('rollback');
    database.close();
    await store.putValue('x', 1, at(0));
    await store.close();
  });

  test('in memory is forgotten when closed', async () => {
    const store = openSqliteStore(':memory:');
    await store.putValue('x', 1, at(0));
    expect(await store.value('x')).toEqual({ value: 1, at: at(0) });
    await store.close();
    await openSqliteStore(':memory:').close();
  });

  test('is made once by several processes that start together, and one gets the lease', async () => {
    const program = `
      import { openSqliteStore } from ${JSON.stringify(new URL('../../src/state/sqlite-store.ts', import.meta.url).href)};
      const [file, runId, start] = process.argv.slice(1);
      while (Date.now() < Number(start));
      const store = openSqliteStore(file);
      try {
        await store.acquireLease({ name: 'audit', runId, ttlMs: 90_000, now: ${JSON.stringify(at(0))} });
        console.log('held');
        // While it lives: the lease of a process that is gone is free.
        await new Promise((resolve) => setTimeout(resolve, 3000));
      } catch (error) {
        console.log(error.name);
      }
      await store.close();
    `;
    const start = String(Date.now() + 1500);
    const starts = Array.from({ length: 4 }, async (_, number) => {
      const args = ['--input-type=module', '--eval', program, file, `run-${number}`, start];
      return (await promisify(execFile)(process.execPath, args)).stdout.trim();
    });
    expect((await Promise.all(starts)).sort()).toEqual([
      'StateConflictError',
      'StateConflictError',
      'StateConflictError',
      'held',
    ]);
  });
});
