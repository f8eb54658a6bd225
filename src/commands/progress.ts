/** Progress on stderr: one line that is rewritten on a terminal, log lines now and then elsewhere. */
import type { AuditProgress } from '../audit-run.ts';
import type { Logger } from '../log.ts';
import type { OwnCost } from '../model/run.ts';

const redrawEveryMs = 200;
const logEveryMs = 30_000;

export type ProgressView = {
  readonly update: (progress: AuditProgress, cost: OwnCost) => void;
  readonly end: () => void;
};

export function showProgress(stderr: NodeJS.WriteStream, log: Logger): ProgressView {
  const startedAt = Date.now();
  let shownAt = 0;
  let isDrawn = false;
  let isOver = false;
  let isEstimateShown = false;
  return {
    update(progress, cost) {
      const now = Date.now();
      if (stderr.isTTY && !isEstimateShown) stderr.write(`${describeEstimate(progress)}\n`);
      isEstimateShown = true;
      if (isOver || now - shownAt < (stderr.isTTY ? redrawEveryMs : logEveryMs)) return;
      shownAt = now;
      if (!stderr.isTTY) {
        log.info({ ...progress, apiCalls: cost.apiCalls }, 'audit in progress');
        return;
      }
      isDrawn = true;
      stderr.write(`\r\u001b[K${describe(progress, cost.apiCalls, now - startedAt)}`);
    },
    end() {
      if (isDrawn && !isOver) stderr.write('\r\u001b[K');
      isOver = true;
    },
  };
}

/** `12 accounts, about 600 calls and $0.06 of own cost expected` */
function describeEstimate({ accountsPlanned, estimate }: AuditProgress): string {
  const { apiCalls, usd, isGuess } = estimate;
  const basis = isGuess ? ' (a guess: this is the first run)' : '';
  return `${accountsPlanned} accounts, about ${apiCalls.toLocaleString('en-US')} AWS calls and $${usd.toFixed(2)} of own cost expected${basis}`;
}

/** `5/12 accounts · 1,204 calls · 37 findings · about 8 s left` */
function describe(progress: AuditProgress, apiCalls: number, elapsedMs: number): string {
  const { accountsDone, accountsPlanned, findings } = progress;
  const left = accountsDone === 0 ? undefined : (elapsedMs / accountsDone) * (accountsPlanned - accountsDone);
  const parts = [
    `${accountsDone}/${accountsPlanned} accounts`,
    `${apiCalls.toLocaleString('en-US')} calls`,
    `${findings.toLocaleString('en-US')} findings`,
  ];
  if (left !== undefined)
    parts.push(`about ${left < 90_000 ? `${Math.ceil(left / 1000)} s` : `${Math.ceil(left / 60_000)} min`} left`);
  return parts.join(' · ');
}
