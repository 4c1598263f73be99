import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { gregor } from './scripted-terminal.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'gregor-home-'))
})
afterEach(() => rmSync(home, { recursive: true }))

const at = (...words: string[]) => gregor(words, { env: { HOME: home } })
const file = () => join(home, '.config/gregor/contexts.json')

describe('contexts', () => {
  test('the first one that is added is in use; another is chosen, listed and removed', async () => {
    expect(
      (await at('context', 'add', 'prod', '--url', 'https://api.example.com/v1/', '--header', 'x-api-key=s=1')).out,
    ).toBe('Context prod is https://api.example.com/v1. It is in use.\n')
    await at('context', 'add', 'test', '--url', 'localhost:1')
    expect((await at('context', 'use', 'test')).out).toContain('talk to test')
    expect(JSON.parse((await at('context', 'list', '--output', 'json')).out)).toEqual([
      { name: 'prod', url: 'https://api.example.com/v1', headers: ['x-api-key'], current: false },
      { name: 'test', url: 'http://localhost:1', headers: [], current: true },
    ])
    await at('context', 'remove', 'test')
    expect((await at('context', 'list')).out).toContain('prod')
    expect((await at('topic', 'list')).err).toContain('http://127.0.0.1:8082')
  })

  test('are kept for their owner only, since a header may be a key, and are not shown', async () => {
    await at('context', 'add', 'prod', '--url', 'https://x', '--header', 'x-api-key=secret')
    expect(statSync(file()).mode & 0o777).toBe(0o600)
    expect((await at('context', 'list')).out).not.toContain('secret')
    expect(readFileSync(file(), 'utf8')).toContain('secret')
  })

  test('respect XDG_CONFIG_HOME', async () => {
    await gregor(['context', 'add', 'a', '--url', 'http://x'], { env: { XDG_CONFIG_HOME: join(home, 'xdg') } })
    expect(statSync(join(home, 'xdg/gregor/contexts.json')).isFile()).toBe(true)
  })

  test('a name that nobody added, one that is none, and a file that is no JSON are each said', async () => {
    expect(await at('context', 'use', 'nobody')).toMatchObject({
      code: 1,
      err: expect.stringContaining('There is no context nobody.'),
    })
    expect(await at('context', 'remove', 'toString')).toMatchObject({ code: 1 })
    expect(await at('context', 'add', 'a b', '--url', 'http://x')).toMatchObject({ code: 2 })
    expect(await at('context', 'add', 'a', '--url', 'http://x', '--header', 'a b=c')).toMatchObject({ code: 2 })
    await at('context', 'add', 'a', '--url', 'http://x')
    writeFileSync(file(), '{')
    expect(await at('context', 'list')).toMatchObject({ code: 1, err: expect.stringContaining('are not JSON') })
  })
})

describe('the cluster that a command talks to', () => {
  const cluster = async (env: Record<string, string>, ...words: string[]) =>
    (await gregor(['topic', 'list', ...words], { env: { HOME: home, ...env } })).err

  test('is --url, else --context, else GREGOR_URL, else the context in use, else this machine', async () => {
    await at('context', 'add', 'one', '--url', 'http://127.0.0.1:1')
    await at('context', 'add', 'two', '--url', 'http://127.0.0.1:2')
    const env = { GREGOR_URL: 'http://127.0.0.1:3' }
    expect(await cluster(env, '--url', 'http://127.0.0.1:4', '--context', 'two')).toContain('127.0.0.1:4 ')
    expect(await cluster(env, '--context', 'two')).toContain('127.0.0.1:2 ')
    expect(await cluster(env)).toContain('127.0.0.1:3 ')
    expect(await cluster({})).toContain('127.0.0.1:1 ')
    rmSync(file())
    expect(await cluster({})).toContain('127.0.0.1:8082 ')
  })

  test('is said to be wrong when GREGOR_URL is no URL or the context is unknown', async () => {
    expect(await cluster({ GREGOR_URL: 'ftp://x' })).toContain('GREGOR_URL is not a URL: ftp://x')
    expect(await cluster({}, '--context', 'gone')).toContain('There is no context gone.')
  })
})
