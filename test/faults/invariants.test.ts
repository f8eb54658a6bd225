/** The judge itself: evidence of a sound run passes, and each way to break it is found out, by the right invariant. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadLimits } from '../../src/aws/limits.ts';
import type { FindingRecord } from '../../src/model/change.ts';
import type { JournalEntry } from '../../src/simulator/journal.ts';
import { days, type FaultBench, startFaultBench } from './bench.ts';
import { checkInvariants, type Evidence } from './invariants.ts';
import { summary } from './tally.ts';
import { mendSome } from './three-days.ts';

let bench: FaultBench;
let sound: Evidence;

beforeAll(async () => {
  bench = await startFaultBench({ seed: 1 });
  await bench.audit();
  mendSome(bench, 1);
  const { evidence, after } = await bench.audit({ now: days[1], isNotifying: true });
  sound = { ...evidence, faultless: after };
});
afterAll(() => bench.close());

const problemsOf = (changes: Partial<Evidence>): string => {
  try {
    checkInvariants({ ...sound, ...changes });
    return '';
  } catch (error) {
    return String(error);
  }
};
/** The run without the calls that match. */
const without = (isGone: (entry: JournalEntry) => boolean): Pick<Evidence, 'entries'> => ({
  entries: sound.entries.filter((entry) => !isGone(entry)),
});
const changed = (change: (entry: JournalEntry) => JournalEntry): Pick<Evidence, 'entries'> => ({
  entries: sound.entries.map(change),
});
const resolved = (matches: (record: FindingRecord) => boolean): FindingRecord => {
  const found = sound.after.find((record) => record.change === 'resolved' && matches(record));
  if (found === undefined) throw new Error('nothing of the kind was resolved');
  return found;
};
const regional = () => resolved(({ scope }) => scope.startsWith('region/'));
const placeOf = ({ scope }: FindingRecord) => {
  const [, accountId = '', region = ''] = scope.split('/');
  return { accountId, region };
};

test('a sound run passes, and all that was given evidence for is judged', () => {
  expect(checkInvariants(sound)).toEqual(['I1', 'I2', 'I3', 'I4', 'I5']);
  expect(checkInvariants({ ...sound, rate: { limits: loadLimits(), share: 1000 } })).toContain('I6');
});

describe('I1', () => {
  const listOf = (record: FindingRecord): string =>
    record.finding.checkId.startsWith('public-ipv4') ? 'DescribeAddresses' : 'DescribeRouteTables';
  const isList =
    (record: FindingRecord, which: (entry: JournalEntry) => boolean = () => true) =>
    (entry: JournalEntry): boolean =>
      entry.accountId === placeOf(record).accountId &&
      entry.region === placeOf(record).region &&
      entry.operation === listOf(record) &&
      which(entry);

  test('a list that was not asked for', () => {
    const record = regional();
    expect(problemsOf(without(isList(record)))).toMatch(
      new RegExp(`I1: ${record.finding.checkId} on ${record.finding.resourceId} in \\d+ was resolved, but ec2\\.`),
    );
  });
  test.each(['half-body', 'drop', 'hang', 'trickle', 'empty-200', 'html-200', 'error-200', 'broken-document'] as const)(
    'a last page spoiled by %s',
    (fault) => {
      const isLast = isList(regional(), ({ page }) => page?.hasNext !== true);
      expect(problemsOf(changed((entry) => (isLast(entry) ? { ...entry, fault } : entry)))).toMatch(/I1: /);
    },
  );
  test('a page missing from the middle', () => {
    const longest = sound.entries.filter(
      ({ service, page }) => service === 'ec2' && (page?.from ?? 0) > 0 && page?.hasNext,
    );
    const gone = longest[0];
    if (gone === undefined) throw new Error('no list has a middle');
    const { accountId, region } = gone;
    const scope = `region/${accountId}/${region}`;
    // The transition is made up; what matters is that it rests on the broken list.
    const record = { ...regional(), scope };
    const check = sound.checks.find(({ id }) => id === 'tag-missing-required');
    const finding = { ...record.finding, checkId: check?.id ?? '', accountId, region };
    expect(
      problemsOf({ ...without((entry) => entry === gone), after: [{ ...record, finding }], faultless: [] }),
    ).toMatch(/I1: tag-missing-required/);
  });
  test('a bucket that was not asked about', () => {
    const { finding } = resolved(({ finding: { resourceType } }) => resourceType === 'AWS::S3::Bucket');
    expect(problemsOf(without(({ bucket }) => bucket === finding.resourceId))).toMatch(
      new RegExp(
        `I1: s3-.* was resolved, but s3\\.bucket-\\w+ was not completely observed \\(bucket ${finding.resourceId}\\)`,
      ),
    );
  });
  test('a check that was not enabled', () => {
    const { checkId } = regional().finding;
    expect(problemsOf({ checks: sound.checks.filter(({ id }) => id !== checkId) })).toMatch(
      `I1: ${checkId} was resolved by a run in which it is not enabled`,
    );
  });
  test('a closed account needs no look, any other does', () => {
    const { accountId } = regional().finding;
    const unseen = without((entry) => entry.accountId === accountId);
    const places = {
      ...sound.places,
      closed: [accountId],
      accounts: sound.places.accounts.filter(({ id }) => id !== accountId),
    };
    const onlyResolved = { after: [regional()], faultless: [regional()] };
    expect(problemsOf({ ...unseen, ...onlyResolved, places })).toBe('');
    expect(problemsOf({ ...unseen, ...onlyResolved })).toMatch(/I1: /);
  });
});

describe('I2', () => {
  const open = () => {
    const found = sound.after.find(({ state, finding }) => state === 'open' && finding.saving !== null);
    if (found === undefined) throw new Error('nothing is open');
    return found;
  };
  const withRecord = (record: FindingRecord) => ({
    faultless: sound.after.map((known) => (known.finding.id === record.finding.id ? record : known)),
  });

  test('another state', () => {
    expect(problemsOf(withRecord({ ...open(), state: 'resolved' }))).toMatch(
      /^Error: I2: .* is open, .*; without faults it is not there$/,
    );
  });
  test('other dollars', () => {
    const { finding, ...record } = open();
    const saving = finding.saving === null ? null : { ...finding.saving, monthlyUsd: finding.saving.monthlyUsd + 1 };
    expect(problemsOf(withRecord({ ...record, finding: { ...finding, saving } }))).toMatch(/^Error: I2: /);
  });
  test('a finding too few, and one too many', () => {
    expect(problemsOf({ faultless: sound.after.filter((record) => record !== open()) })).toMatch(
      /without faults it is not there/,
    );
    expect(problemsOf({ after: sound.after.filter((record) => record !== open()) })).toMatch(
      /is not there; without faults it is open/,
    );
  });
  test('a finding that came back', () => {
    expect(problemsOf(withRecord({ ...open(), reopenedCount: 1 }))).toMatch(/reopened 0 times; .* reopened 1 times/);
  });
});

describe('I3', () => {
  const slack = () => {
    if (sound.slack === undefined) throw new Error('the run did not notify');
    return sound.slack;
  };
  test('a message posted twice', () => {
    const { messages, outbox } = slack();
    expect(problemsOf({ slack: { outbox, messages: [...messages, ...messages] } })).toMatch(
      /I3: digest:\S+ was posted 2 times/,
    );
  });
  test('a message that never came', () => {
    expect(problemsOf({ slack: { ...slack(), messages: [] } })).toMatch(/I3: digest:\S+ was not delivered/);
  });
  test('a row that waits', () => {
    const outbox = slack().outbox.map((row) => ({ ...row, state: 'pending' as const }));
    expect(problemsOf({ slack: { ...slack(), outbox } })).toMatch(/I3: .* was not delivered \(pending/);
  });
  test('a message that no row knows', () => {
    expect(problemsOf({ slack: { ...slack(), outbox: [] } })).toMatch(
      /I3: a message was posted that no outbox row knows/,
    );
  });
});

describe('I4', () => {
  const run = () => {
    if (sound.run === undefined) throw new Error('the run left no record');
    return sound.run;
  };
  const member = () =>
    sound.places.accounts.find(({ id }) =>
      sound.entries.some((entry) => entry.accountId === id && id !== sound.places.hubId),
    );

  test('a list that broke off, and no gap', () => {
    const accountId = member()?.id;
    const gone = without((entry) => entry.accountId === accountId && entry.operation === 'DescribeSubnets');
    expect(problemsOf(gone)).toMatch(
      `I4: ec2.subnet in ${accountId} us-east-1 was not completely observed, and no gap says so`,
    );
  });
  test('a region that nobody visited, and no gap', () => {
    const accountId = member()?.id;
    const gone = without((entry) => entry.accountId === accountId && entry.region === 'eu-west-1');
    expect(problemsOf(gone)).toMatch(`I4: ec2.vpc in ${accountId} eu-west-1 was not completely observed`);
  });
  test('an account that nobody visited, and no gap', () => {
    const accountId = member()?.id;
    expect(problemsOf(without((entry) => entry.accountId === accountId))).toMatch(
      `I4: iam.principal in ${accountId} global`,
    );
  });
  test('a bucket that nobody asked about, and no gap', () => {
    const bucket = sound.entries.find((entry) => entry.bucket !== undefined && entry.errorCode === undefined)?.bucket;
    expect(problemsOf(without((entry) => entry.bucket === bucket && entry.operation === 'GetBucketTagging'))).toMatch(
      `was not observed for bucket ${bucket}, and no gap says so`,
    );
  });
  test('billing data that nobody asked for, and no gap', () => {
    expect(problemsOf(without(({ service }) => service === 'cost-explorer'))).toMatch(/I4: cost\.\S+ in \d+ global/);
  });
  test('a gap for what was there', () => {
    const gap = {
      accountId: member()?.id ?? '',
      region: 'us-east-1',
      kind: 'ec2.vpc' as const,
      reason: 'timeout' as const,
      checks: [],
      message: 'no answer',
    };
    const coverage = { ...run().coverage, gaps: [...run().coverage.gaps, gap] };
    expect(problemsOf({ run: { ...run(), coverage } })).toMatch(
      /I4: a gap is claimed for ec2\.vpc in \d+ us-east-1, which was completely observed/,
    );
    const unexplained = { ...coverage, gaps: [...run().coverage.gaps, { ...gap, message: '' }] };
    expect(problemsOf({ run: { ...run(), coverage: unexplained } })).toMatch(/I4: a gap without words/);
  });
});

describe('I5', () => {
  const first = (): JournalEntry => {
    const entry = sound.entries.find(({ service, errorCode }) => service === 'ec2' && errorCode === undefined);
    if (entry === undefined) throw new Error('nothing was asked of EC2');
    return entry;
  };
  test('an action outside the policy', () => {
    const foreign = { ...first(), iamAction: 'ec2:DescribeInstances' };
    expect(problemsOf({ entries: [...sound.entries, foreign] })).toMatch(/I5: ec2:DescribeInstances was called in \d+/);
  });
  test('an action of the worker in a member account', () => {
    const accountId = sound.places.accounts.find(({ id }) => id !== sound.places.hubId)?.id ?? '';
    const foreign = { ...first(), accountId, iamAction: 'organizations:ListRoots' };
    expect(problemsOf({ entries: [...sound.entries, foreign] })).toMatch(/I5: organizations:ListRoots/);
  });
  test('a refusal that nobody scripted', () => {
    const refused = { ...first(), status: 403, errorCode: 'UnauthorizedOperation' };
    expect(problemsOf({ entries: [...sound.entries, refused] })).toMatch(
      /I5: ec2:\w+ was refused in \d+ \(UnauthorizedOperation\)/,
    );
    expect(problemsOf({ entries: [...sound.entries, { ...refused, fault: 'denied' }] })).toBe('');
  });
});

describe('I6', () => {
  const [entry] = [
    { accountId: '111111111111', region: 'us-east-1', service: 'organizations', operation: 'ListRoots' },
  ];
  const at = (times: readonly number[]): Evidence => ({
    ...sound,
    entries: times.map((time) => ({
      ...entry,
      at: time,
      accountId: sound.places.hubId,
      iamAction: 'organizations:ListRoots',
      status: 200,
      errorCode: undefined,
      bytesOut: 1,
    })),
    before: [],
    after: [],
    rate: { limits: loadLimits(), share: 0.5 },
  });
  /** Half of 10 at once, half of 5 a second. */
  const judge = (times: readonly number[]): string => {
    const { run: _, faultless: __, slack: ___, ...rest } = at(times);
    try {
      checkInvariants(rest);
      return '';
    } catch (error) {
      return String(error);
    }
  };
  const every = (ms: number, count: number) => Array.from({ length: count }, (_, index) => index * ms);

  test('half the burst, then half the rate', () => {
    expect(judge([0, 0, 0, 0, 0, ...every(400, 20).map((time) => time + 400)])).toBe('');
  });
  test('the whole burst', () => {
    expect(judge(every(0, 10))).toMatch(/I6: organizations\S* was asked 5\.0 requests beyond 0\.5 of its limit/);
  });
  test('the whole rate, in whatever order the journal has it', () => {
    expect(judge(every(200, 40))).toMatch(/I6: organizations/);
    expect(judge(every(200, 40).reverse())).toMatch(/I6: organizations/);
  });
});

test('the summary adds up what the workers left', () => {
  const lines = [
    { scenario: 'a', seed: 1, judged: ['I1', 'I5'], violations: 0 },
    { scenario: 'a', seed: 2, judged: ['I1'], violations: 1 },
    { scenario: 'b', seed: 1, judged: [], violations: 0 },
  ];
  expect(summary(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))).toMatch(
    /^2 scenarios x \d+ seeds \(kills: \d+\) = 3 runs, invariants I1-I6 checked 3 times, 1 violations$/,
  );
});
