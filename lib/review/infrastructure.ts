import { roleName } from '../identity/arn.ts'

/** The role's trust as Terraform has it. A `$` before a brace would be Terraform's own, so it is doubled. */
export function terraformOf(role: string, trust: object): string {
  const json = JSON.stringify(trust, null, 2).replaceAll('${', '$${').replaceAll('%{', '%%{')
  const indented = json.split('\n').join('\n  ')
  return [
    `resource "aws_iam_role" "${identifier(role, '_')}" {`,
    `  name               = ${JSON.stringify(roleName(role))}`,
    `  path               = ${JSON.stringify(pathOf(role))}`,
    `  assume_role_policy = jsonencode(${indented})`,
    '}',
    '',
  ].join('\n')
}

/** The role's trust as CloudFormation has it, in YAML, of which JSON is a part. */
export function cloudFormationOf(role: string, trust: object): string {
  const json = JSON.stringify(trust, null, 2).split('\n').join('\n        ')
  return [
    'Resources:',
    `  ${identifier(role, '')}:`,
    '    Type: AWS::IAM::Role',
    '    Properties:',
    `      RoleName: ${JSON.stringify(roleName(role))}`,
    `      Path: ${JSON.stringify(pathOf(role))}`,
    '      AssumeRolePolicyDocument:',
    `        ${json}`,
    '',
  ].join('\n')
}

function pathOf(role: string): string {
  return /:role(\/(?:.*\/)?)[^/]+$/.exec(role)?.[1] ?? '/'
}

/** Both want a name of letters and digits that does not begin with a digit. */
function identifier(role: string, between: '_' | ''): string {
  const words = roleName(role)
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
  const name =
    between === '_'
      ? words.join('_').toLowerCase()
      : words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('')
  return /^[A-Za-z]/.test(name) ? name : `Role${between}${name}`
}
