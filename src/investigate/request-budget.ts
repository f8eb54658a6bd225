/** Requests that the investigation of a run may make: look-ups are slow and some are paid, so there are few. */
export type RequestBudget = {
  /** Takes one. @returns false when none is left */
  take(): boolean;
  readonly left: number;
};

/** CloudTrail look-ups of a run: at one a second and account, a minute of the worst account. */
export const defaultLookUps = 60;
/** Paid Cost Explorer requests for single resources in a run, $0.01 each. */
export const defaultResourceRequests = 10;

export function createRequestBudget(requests: number): RequestBudget {
  let left = requests;
  return {
    take() {
      if (left <= 0) return false;
      left -= 1;
      return true;
    },
    get left() {
      return left;
    },
  };
}
