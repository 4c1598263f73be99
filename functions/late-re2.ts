/**
 * Stands in the bundles for `re2js`, 150 KB that only consumer groups subscribed by pattern need: it lies beside the bundle
 * (`re2js.cjs`) and is read when the first pattern comes. At once, since a group's transitions wait for nothing.
 */
import { createRequire } from 'node:module'

type Re2 = typeof import('re2js')

let loaded: Re2 | undefined

function re2(): Re2 {
  loaded ??= createRequire(__filename)('./re2js.cjs') as Re2
  return loaded
}

export const RE2JS = { compile: (pattern: string) => re2().RE2JS.compile(pattern) }

export class RE2JSException extends Error {
  static override [Symbol.hasInstance](fault: unknown): boolean {
    return fault instanceof re2().RE2JSException
  }
}
