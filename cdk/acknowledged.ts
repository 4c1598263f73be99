/**
 * Findings of cdk-nag's AWS Solutions rules that are meant to be, each with its reason. Whatever is not here fails a test.
 */
import { Validations } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import type { Authorization, GregorProps } from './gregor-props.ts'

export function acknowledgeFindings(gregor: Construct, authorization: Authorization, props: GregorProps): void {
  void gregor
  void authorization
  void props
  void Validations
}
