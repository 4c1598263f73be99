/** What every kind of member has, so that the runtime knows whose session ends when. */

export interface AnyMember {
  readonly id: string
  readonly sessionTimeoutMs: number
  /**
   * When the member was last heard of, as far as that is stored: since it joined, or, where only functions run, at most a
   * quarter of its session time-out ago. The truth is `TransitionContext.seenMs`.
   */
  readonly seenMs: number
}
