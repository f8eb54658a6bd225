/** Units in which AWS bills. */

/** Hours AWS's calculator counts in a month. */
export const hoursPerMonth = 730;

/** AWS bills data in GB of 2^30 bytes. */
export function billedGb(bytes: number): number {
  return bytes / 2 ** 30;
}

/** Scales a sum over `windowDays` to a month of 730 hours (30.42 days). */
export function perMonth(amount: number, windowDays: number): number {
  return (amount * (hoursPerMonth / 24)) / windowDays;
}
