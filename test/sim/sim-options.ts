/** How large a world is, and what is left out of it. */

export type Size = 'small' | 'medium' | 'large'

export interface SimOptions {
  readonly size: Size
  /** Names of clients that are left out. */
  readonly without: ReadonlySet<string>
  /** What goes wrong, by the names of `Mishaps`; `undefined`: all that is drawn. */
  readonly only?: ReadonlySet<string> | undefined
  /** Calls take no time, but for those that are late or slow. */
  readonly isQuick?: boolean
  /** Of each producer, whatever the size. */
  readonly batchesMax: number
  /** Whether the story is written down. */
  readonly story?: boolean
}

export const simDefaults: SimOptions = {
  size: 'small',
  without: new Set(),
  batchesMax: Number.POSITIVE_INFINITY,
}

interface Amounts {
  readonly producers: number
  /** Of each producer. */
  readonly batches: number
  readonly readers: number
}

const amounts: Readonly<Record<Size, Amounts>> = {
  small: { producers: 3, batches: 7, readers: 1 },
  medium: { producers: 6, batches: 30, readers: 2 },
  large: { producers: 10, batches: 120, readers: 3 },
}

/** What a world of these options has. */
export const amountsOf = ({ size, batchesMax }: SimOptions): Amounts => {
  const all = amounts[size]
  return { ...all, batches: Math.min(all.batches, batchesMax) }
}
