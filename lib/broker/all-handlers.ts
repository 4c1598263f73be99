/** Every API that is served, ascending by key. ApiVersions is derived from this list. */
import type { AnyHandler } from './handler.ts'

export const allHandlers: readonly AnyHandler[] = []
