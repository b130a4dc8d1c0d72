#!/bin/sh
# Q1 with what is on every jump host: zcat, jq and awk. Usage: peers/jq.sh DIR
set -eu
find "$1/AWSLogs" -name '*.json.gz' -exec zcat {} + | jq -r '
  .Records[]
  | select(.eventSource == "sts.amazonaws.com" and .responseElements.credentials.accessKeyId != null)
  | if .eventName == "AssumeRoleWithWebIdentity" then
      select(.userIdentity.userName | startswith("system:serviceaccount:"))
      | (.userIdentity.userName / ":") as $subject
      | [(.responseElements.provider / ":oidc-provider/")[1], $subject[2], $subject[3],
         .requestParameters.roleArn, .eventTime]
    else
      select(.userIdentity.invokedBy == "pods.eks.amazonaws.com")
      | (.requestParameters.tags | map({(.key): .value}) | add) as $tags
      | [$tags["eks-cluster-arn"], $tags["kubernetes-namespace"],
         $tags["kubernetes-service-account"], .requestParameters.roleArn, .eventTime]
    end
  | @tsv' | awk -F '\t' -v OFS='\t' '
  {
    edge = $1 OFS $2 OFS $3 OFS $4
    count[edge]++
    if (!(edge in first) || $5 < first[edge]) first[edge] = $5
    if ($5 > last[edge]) last[edge] = $5
  }
  END { for (edge in count) print edge, count[edge], first[edge], last[edge] }'
