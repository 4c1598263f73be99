/** Numbers for people. */

/** 1234567 -> "1,234,567". */
export const countText = (count: number): string => Math.round(count).toLocaleString('en-US')

/** 1 -> "1 partition", 6000 -> "6,000 partitions". */
export const counted = (count: number, noun: string): string => `${countText(count)} ${noun}${count === 1 ? '' : 's'}`

/** 1500000 -> "1.5 MB": powers of ten, as disks and networks count. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`
  return bytes < 1_000_000_000 ? `${(bytes / 1_000_000).toFixed(1)} MB` : `${(bytes / 1_000_000_000).toFixed(2)} GB`
}
