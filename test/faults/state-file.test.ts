/** Rows 14 and 15: a disk that is full, a state that is damaged or from tomorrow. Clear words, and nothing is lost or told anew. */
import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'vitest';
import { StateError } from '../../src/errors.ts';
import { workplace } from '../commands/child.ts';
import { days, type FaultBench } from './bench.ts';
import { openYard, readState, runWithFullDisk } from './processes.ts';
import { type Stage, scenario } from './scenario.ts';

/** A state that lies in one file: nothing is left in the log beside it. */
async function settledState(stage: Stage): Promise<{ bench: FaultBench; known: Set<string>; intact: Buffer }> {
  const bench = await stage.start();
  const { after } = await bench.audit();
  const database = new DatabaseSync(bench.stateFile);
  database.exec('pragma wal_checkpoint(truncate)');
  database.close();
  return { bench, known: new Set(after.map(({ finding }) => finding.id)), intact: readFileSync(bench.stateFile) };
}

/**
 * Refused in words that name the file, or used. Damage that shows at the start leaves the file as it was; damage deep in
 * a record shows in the middle of a run, when other records have been written. Either way all that was known still is.
 */
async function expectNothingLost(bench: FaultBench, known: ReadonlySet<string>): Promise<void> {
  const damaged = readFileSync(bench.stateFile);
  const { error } = await bench.execute({ now: days[1] });
  if (error !== undefined) {
    expect(error).toBeInstanceOf(StateError);
    expect((error as StateError).message).toContain(bench.stateFile);
    if (readFileSync(bench.stateFile).equals(damaged)) return;
  }
  const database = new DatabaseSync(bench.stateFile);
  const rows = database.prepare('select id, record from finding').all();
  database.close();
  const ids = new Set(rows.map(({ id }) => String(id)));
  expect([...known].filter((id) => !ids.has(id))).toEqual([]);
  const toldAnew = rows.filter(
    ({ id, record }) =>
      known.has(String(id)) && String(record).includes(`"change":"opened","reason":null,"firstSeenAt":"${days[1]}"`),
  );
  expect(toldAnew).toEqual([]);
}

scenario('15: a state file that ends too early, at many offsets', async (stage) => {
  const { bench, known, intact } = await settledState(stage);
  for (let part = 0; part < 6; part += 1) {
    writeFileSync(bench.stateFile, intact);
    truncateSync(bench.stateFile, stage.number(1, intact.length - 1, `offset ${part}`));
    await expectNothingLost(bench, known);
  }
});

scenario('15: a state file with a block of noise in it, at many offsets', async (stage) => {
  const { bench, known, intact } = await settledState(stage);
  for (let part = 0; part < 6; part += 1) {
    const damaged = Buffer.from(intact);
    const offset = stage.number(0, intact.length - 600, `offset ${part}`);
    for (let at = offset; at < offset + 512; at += 1) damaged[at] = (damaged[at] ?? 0) ^ (1 + ((at * 31) % 255));
    writeFileSync(bench.stateFile, damaged);
    await expectNothingLost(bench, known);
  }
});

scenario('15: a state file from a newer version', async (stage) => {
  const { bench } = await settledState(stage);
  const database = new DatabaseSync(bench.stateFile);
  database.exec(`pragma user_version = ${99 + stage.seed}; pragma wal_checkpoint(truncate)`);
  database.close();
  const newer = readFileSync(bench.stateFile);
  const { error } = await bench.execute({ now: days[1] });
  expect(error).toBeInstanceOf(StateError);
  expect(String(error)).toMatch(/written by a newer Costwarden/);
  expect(readFileSync(bench.stateFile).equals(newer)).toBe(true);
});

scenario('14: a disk that is full in the middle of the run', async (stage) => {
  const world = { seed: stage.seed, accounts: 6, regions: ['us-east-1'] };
  const yard = await openYard({ world, slackChannels: ['#cloud-costs'] });
  const place = workplace();
  try {
    const config = place.write(
      'full.yaml',
      `organization: { externalId: faults }\nlimits: { share: 1 }\nstate: { file: ./state.db }\nnotify: { slack: { apiUrl: "${yard.simulator.slackUrl}" } }\n`,
    );
    // The cheap checks only: what matters is that something is to be saved.
    const few = ['--check', 'iam-*', '--check', 's3-*'];
    const first = await place.run(
      ['audit', '--config', config, '--no-notify', '--check', 'iam-*', '--format', 'json'],
      yard.env,
    );
    expect(first.code).toBe(3);
    const state = join(place.directory, 'state.db');
    const before = await readState(state);
    copyFileSync(state, join(place.directory, 'kept.db'));
    // Blocks of 1024 bytes; a write beyond them fails as on a full disk. Room for a start, not for the end.
    const limit = Math.ceil(statSync(state).size / 1024) + stage.number(0, 40, 'room');
    const full = await runWithFullDisk(
      place,
      limit,
      ['audit', '--config', config, ...few, '--format', 'json'],
      yard.env,
    );
    const after = await readState(state);
    const known = new Set(before.records.map(({ finding }) => finding.id));
    expect([...known].filter((id) => !after.records.some(({ finding }) => finding.id === id))).toEqual([]);
    expect(
      after.records.filter(
        ({ finding, change }) =>
          known.has(finding.id) &&
          change === 'opened' &&
          !before.runs.some(({ id }) => after.records.find((record) => record.finding.id === finding.id)?.runId === id),
      ),
    ).toEqual([]);
    if (full.code !== 3) {
      expect(full.code).not.toBe(0);
      // One line that names the file, no stack.
      expect(full.stderr).toContain('state.db');
      expect(full.stderr).not.toMatch(/^\s+at /m);
      expect(await yard.simulator.slackMessages('#cloud-costs')).toEqual([]);
    }
  } finally {
    place.clean();
    await yard.close();
  }
});
