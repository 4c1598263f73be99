/** Kafka's `listeners` and `advertised.listeners`: `NAME://host:port`, an IPv6 host in brackets. */

import { quotedLengthMax } from '../base/limits.ts'

export interface Listener {
  /** Such as PLAINTEXT, in capitals. */
  readonly name: string
  /** Empty: every interface. */
  readonly host: string
  /** 0 to 65,535; 0 takes a free one. */
  readonly port: number
}

/** The listeners of a config's entries, or a sentence that says what is wrong with one of them. */
export function readListeners(
  entries: readonly string[],
): { readonly listeners: readonly Listener[] } | { readonly problem: string } {
  const listeners: Listener[] = []
  for (const entry of entries) {
    const parts = /^([A-Za-z0-9_-]+):\/\/(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/[\]]*)):(\d{1,5})$/.exec(entry)
    const port = Number(parts?.[4])
    if (parts === null || port > 65_535) {
      return { problem: `'${entry.slice(0, quotedLengthMax)}' is not a listener, such as PLAINTEXT://127.0.0.1:9092.` }
    }
    listeners.push({ name: (parts[1] ?? '').toUpperCase(), host: parts[2] ?? parts[3] ?? '', port })
  }
  return { listeners }
}
