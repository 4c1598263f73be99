/**
 * Going through items page by page. Sort keys are compared byte by byte, so nothing lies between a key and the same with a
 * zero behind it.
 */

/** What sorts directly behind a sort key: where the next page begins. */
export const sortKeyAfter = (sk: string): string => `${sk}\u0000`

/** The limit of a page: what was asked for, from 1 to `limitMax`, and that when nothing was. */
export const pageLimit = (asked: number | undefined, limitMax: number): number =>
  Math.max(1, Math.min(asked ?? limitMax, limitMax))
