/** The version in package.json, which lies above the sources in a clone and above dist/ in the published package. */
import { readFileSync } from 'node:fs'

export const version: string = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version
