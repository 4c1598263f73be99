/**
 * The app that `npx cdk deploy` runs. What is usually chosen is chosen by context (`-c api=rest`); whoever wants more writes
 * a stack with `Gregor` in it.
 */
import { App } from 'aws-cdk-lib'
import { GregorStack } from './gregor-stack.ts'
import { readSettings } from './settings.ts'

const app = new App()
const { stackName, ...gregor } = readSettings((name) => app.node.tryGetContext(name))
new GregorStack(app, stackName, { gregor })
