import { clusterRef, isObject, type Place, type Reading, textOf } from './json.ts'

/** `aws eks describe-nodegroup`; https://docs.aws.amazon.com/eks/latest/APIReference/API_Nodegroup.html */
export function readNodeGroup(output: Record<string, unknown>, place: Place): Reading | null {
  const group = output['nodegroup']
  if (!isObject(group)) return null
  const role = textOf(group['nodeRole'])
  const cluster = clusterRef(textOf(group['clusterName']), textOf(group['nodegroupArn']), place)
  if (role === null || cluster === null) return 'the node group lacks its role or its cluster'
  return [{ kind: 'node-role', cluster, role }]
}
