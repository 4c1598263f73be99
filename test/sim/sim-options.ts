/** How large a world is, and what is left out of it. */

export type Size = 'small' | 'medium' | 'large'

export interface SimOptions {
  readonly size: Size
  /** Kinds of faults and names of clients that are left out. */
  readonly without: ReadonlySet<string>
  /** Faults from this one on do not strike. */
  readonly strikesMax: number
  /** Faults that do not strike, by their number in the world. */
  readonly spared: ReadonlySet<number>
  /** Of each producer, whatever the size. */
  readonly batchesMax: number
  /** Whether the story is written down. */
  readonly story?: boolean
}

export const simDefaults: SimOptions = {
  size: 'small',
  without: new Set(),
  strikesMax: Number.POSITIVE_INFINITY,
  spared: new Set(),
  batchesMax: Number.POSITIVE_INFINITY,
}

interface Amounts {
  readonly producers: number
  /** Of each producer. */
  readonly batches: number
  readonly readers: number
}

const amounts: Readonly<Record<Size, Amounts>> = {
  small: { producers: 3, batches: 9, readers: 1 },
  medium: { producers: 6, batches: 30, readers: 2 },
  large: { producers: 10, batches: 120, readers: 3 },
}

/** What a world of these options has. */
export const amountsOf = ({ size, batchesMax }: SimOptions): Amounts => {
  const all = amounts[size]
  return { ...all, batches: Math.min(all.batches, batchesMax) }
}
