/** Stacks as templates, without bundling: what is in the functions is for other tests. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { App, Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { onTestFinished } from 'vitest'
import { Gregor } from '../../cdk/gregor.ts'
import type { GregorProps } from '../../cdk/gregor-props.ts'
import { GregorStack } from '../../cdk/gregor-stack.ts'

const cdkJson = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../cdk.json'), 'utf8')) as {
  context: Record<string, unknown>
}

/** An app as the command line makes it. Within a test: its folder goes with it. */
export function newApp(): App {
  const outdir = mkdtempSync(join(tmpdir(), 'gregor-cdk-'))
  onTestFinished(() => rmSync(outdir, { recursive: true, force: true }))
  return new App({ outdir, context: { ...cdkJson.context, 'aws:cdk:bundling-stacks': [] } })
}

/** By props: many tests look at the same one. */
const templates = new Map<string, Template>()

export function templateOf(gregor: GregorProps = {}): Template {
  const key = JSON.stringify(gregor)
  const template = templates.get(key) ?? Template.fromStack(new GregorStack(newApp(), 'Gregor', { gregor }))
  templates.set(key, template)
  return template
}

/** A construct in a stack of one's own, and the stack's template as it is when it is asked for. */
export function gregorIn(make: (stack: Stack) => GregorProps = () => ({})): {
  stack: Stack
  gregor: Gregor
  template: () => Template
} {
  const stack = new Stack(newApp(), 'Mine')
  const gregor = new Gregor(stack, 'Gregor', make(stack))
  return { stack, gregor, template: () => Template.fromStack(stack) }
}

interface Statement {
  readonly Action: string | readonly string[]
  readonly Resource: unknown
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** The statements of the policy whose logical id begins with `id`; `Action` is always a list. */
export function statementsOf(template: Template, id: string): (Statement & { readonly Action: readonly string[] })[] {
  const policies = Object.entries(template.findResources('AWS::IAM::Policy')).filter(([name]) => name.startsWith(id))
  return policies.flatMap(([, { Properties }]) =>
    (Properties.PolicyDocument.Statement as Statement[]).map((statement) => ({
      ...statement,
      Action: [statement.Action].flat(),
    })),
  )
}
