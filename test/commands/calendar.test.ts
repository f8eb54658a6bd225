import cron from 'node-cron';
import { describe, expect, test } from 'vitest';
import { lostDays, missedRun } from '../../src/commands/calendar.ts';

const task = (expression: string, timezone = 'UTC') => cron.createTask(expression, () => {}, { timezone });

describe('missedRun', () => {
  test('finds the newest tick since the last run', () => {
    expect(missedRun(task('0 6 * * *'), '2026-11-20T06:00:01.000Z', '2026-11-24T05:59:00.000Z')).toBe(
      '2026-11-23T06:00:00.000Z',
    );
  });

  test('finds none when the last run was the last tick', () => {
    expect(missedRun(task('0 6 * * *'), '2026-11-23T06:00:01.000Z', '2026-11-24T05:59:00.000Z')).toBeUndefined();
  });

  test('works in the time zone of the schedule', () => {
    expect(missedRun(task('0 6 * * *', 'Asia/Tokyo'), '2026-11-22T21:00:05.000Z', '2026-11-23T22:00:00.000Z')).toBe(
      '2026-11-23T21:00:00.000Z',
    );
  });
});

describe('lostDays', () => {
  test('names the day whose hour does not exist', () => {
    expect(lostDays(task('30 2 * * *', 'America/New_York'), 'America/New_York', '2026-11-24T06:00:00.000Z')).toEqual([
      '2027-03-14',
    ]);
  });

  test('names none for an hour that always exists, nor in UTC', () => {
    expect(lostDays(task('0 6 * * *', 'America/New_York'), 'America/New_York', '2026-11-24T06:00:00.000Z')).toEqual([]);
    expect(lostDays(task('30 2 * * *'), 'UTC', '2026-11-24T06:00:00.000Z')).toEqual([]);
  });

  test('names none for a day on which the schedule rests anyway', () => {
    expect(lostDays(task('30 2 * * 1-5', 'Europe/Berlin'), 'Europe/Berlin', '2026-11-24T06:00:00.000Z')).toEqual([]);
  });
});
