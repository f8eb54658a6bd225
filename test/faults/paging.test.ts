/** Rows 3 to 5: lists that break off, begin again, or never end. A shorter list must never look like a complete one. */
import { expect } from 'vitest';
import type { JournalEntry } from '../../src/simulator/journal.ts';
import type { Audited } from './bench.ts';
import { scenario } from './scenario.ts';
import { always, expectGap, expectRecovered, once, threeDays, type Victim } from './three-days.ts';

/** Where the lists of one account and region are long enough to break off in the middle. */
const isLaterPage = ({ page, service, accountId }: JournalEntry): boolean =>
  (page?.from ?? 0) > 0 && (service === 'ec2' || service === 'resource-groups-tagging-api') && accountId !== 'unknown';

/** A page that names a next one: only those can name a wrong one. */
const isMiddlePage = (entry: JournalEntry): boolean => isLaterPage(entry) && entry.page?.hasNext === true;
/** One item a page, so that even short lists have a middle. */
const bench = { pageSize: 1 };

const pagesOf = ({ entries }: Audited, { accountId, region, operation }: Victim): JournalEntry[] =>
  entries.filter((entry) => entry.accountId === accountId && entry.region === region && entry.operation === operation);

scenario('3: a throttle on a later page is waited for, and the list goes on where it was', (stage) =>
  threeDays(stage, {
    bench,
    among: isLaterPage,
    faults: (victim) => [once(victim, { kind: 'throttle' })],
    expect(audited, victim) {
      expectRecovered(audited);
      expect(pagesOf(audited, victim).filter(({ page }) => page?.from === 0)).toHaveLength(1);
    },
  }),
);

scenario('3: a server error on a later page is tried again there', (stage) =>
  threeDays(stage, {
    bench,
    among: isLaterPage,
    faults: (victim) => [once(victim, { kind: 'server-error' })],
    expect(audited, victim) {
      expectRecovered(audited);
      expect(pagesOf(audited, victim).filter(({ page }) => page?.from === 0)).toHaveLength(1);
    },
  }),
);

scenario('3: later pages that fail for good leave a gap, not a short list', (stage) =>
  threeDays(stage, {
    bench,
    among: isLaterPage,
    faults: (victim) => [always(victim, { kind: 'server-error', page: 'later' })],
    expect: expectGap('unexpected'),
  }),
);

scenario('4: a page token that is no longer good begins the list anew', (stage) =>
  threeDays(stage, {
    bench,
    among: isLaterPage,
    faults: (victim) => [once({ ...victim, nth: 1 }, { kind: 'bad-page-token' })],
    expect(audited, victim) {
      expectRecovered(audited);
      expect(pagesOf(audited, victim).filter(({ page }) => page?.from === 0)).toHaveLength(2);
    },
  }),
);

scenario('4: page tokens that are never good end in a gap after one new beginning', (stage) =>
  threeDays(stage, {
    bench,
    among: isLaterPage,
    faults: (victim) => [always(victim, { kind: 'bad-page-token' })],
    expect(audited, victim) {
      expectGap('unexpected')(audited, victim);
      expect(pagesOf(audited, victim).filter(({ page }) => page?.from === 0)).toHaveLength(2);
    },
  }),
);

scenario('5: a list that names the same next page for ever is found out', (stage) =>
  threeDays(stage, {
    bench,
    among: isMiddlePage,
    faults: (victim) => [always(victim, { kind: 'repeat-token' })],
    expect(audited, victim) {
      expectGap('unexpected')(audited, victim);
      expect(pagesOf(audited, victim).length).toBeLessThan(10);
    },
  }),
);

scenario('5: a single wrong next page does not pass for the end', (stage) =>
  threeDays(stage, {
    bench,
    among: isMiddlePage,
    faults: (victim) => [once(victim, { kind: 'repeat-token' })],
    expect: (audited) => expect(audited.error).toBeUndefined(),
  }),
);
