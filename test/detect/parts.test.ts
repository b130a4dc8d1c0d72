import { describe, expect, it } from 'vitest'
import { networkKey, networkKind, OurNetworks } from '../../lib/detect/network.ts'
import { Profile } from '../../lib/detect/profile.ts'
import { Seen } from '../../lib/detect/seen.ts'
import { clientOf } from '../../lib/identity/client.ts'

describe('networks', () => {
  it.each([
    ['198.51.100.7', 'public'],
    ['2001:db8::7', 'public'],
    ['vpce-0a1b2c3d', 'endpoint'],
    ['10.1.2.3', 'silent'],
    ['100.64.0.1', 'silent'],
    ['fd00::1', 'silent'],
    ['s3.amazonaws.com', 'silent'],
    ['AWS Internal', 'silent'],
    ['', 'silent'],
  ] as const)('%s is %s', (network, kind) => expect(networkKind(network)).toBe(kind))

  it('of IPv6 are told apart by their subnet', () => {
    expect(networkKey('2001:db8:0:1::7')).toBe('2001:db8:0:1::/64')
    expect(networkKey('2001:0db8:0000:0001:aaaa:bbbb:cccc:dddd')).toBe('2001:db8:0:1::/64')
    expect(networkKey('198.51.100.7')).toBe('198.51.100.7')
  })

  it('are ours if the settings say so', () => {
    const ours = new OurNetworks({ egress: ['203.0.113.0/24'], vpcEndpoints: ['vpce-1'] })
    expect(
      ['203.0.113.9', 'vpce-1', '198.51.100.7', 'nonsense'].map((one) => ours.has(one)),
    ).toEqual([true, true, false, false])
  })
})

describe('programs', () => {
  it.each([
    ['aws-cli/2.20.0 md/awscrt#0.27.6 os/linux#6.8.11-kali-amd64 md/Botocore', 'attack-system'],
    [
      'aws-cli/2.23.6 os/linux#6.12.13-cloud-amd64 md/distrib#kali.2025 md/prompt#off',
      'attack-system',
    ],
    ['Boto3/1.34.0 md/Botocore#1.34.0 ua/2.0 os/linux#6.1.0-1parrot1-amd64', 'attack-system'],
    ['aws-cli/1.18.69 Python/3.8.5 Linux/5.7.0-kali1-amd64 botocore/1.16.19', 'attack-system'],
    ['parrot-feeder/1.0 aws-sdk-go-v2/1.36.3 ua/2.1 os/linux lang/go#1.24', 'sdk-go'],
    ['aws-cli/2.20.0 md/Botocore#1.3', 'aws-cli'],
    ['Boto3/1.40.1 md/Botocore#1.40.1 ua/2.1 os/linux#6.12', 'boto'],
    ['[aws-sdk-java/2.30.1 md/io#sync]', 'sdk-java'],
    ['karpenter.sh/1.6.0 aws-sdk-go-v2/1.36.3 ua/2.1 os/linux lang/go#1.24', 'sdk-go'],
    ['APN/1.0 HashiCorp/1.0 Terraform/1.9 aws-sdk-go-v2/1.36', 'terraform'],
    ['Mozilla/5.0 (X11)', 'console'],
    ['autoscaling.amazonaws.com', 'service'],
    ['curl/8.0', 'plain-http'],
    ['', 'none'],
    ['x'.repeat(100_000), 'other'],
  ] as const)('%.40s is %s', (text, client) => expect(clientOf(text)).toBe(client))
})

describe('Seen', () => {
  it('forgets the oldest between hours, not within one', () => {
    const seen = new Seen(2)
    for (const name of ['a', 'b', 'c']) seen.add(name, 0)
    expect(seen.size).toBe(3)
    seen.add('b', 7200)
    seen.add('d', 7200)
    expect(seen.names()).toEqual(['b', 'c', 'd'])
  })
})

describe('Profile', () => {
  it('finds the usual likely and the extreme not, and what is added in parts the same', () => {
    const whole = new Profile(0)
    const parts = new Profile(0)
    for (let hour = 0; hour < 24 * 20; hour++) {
      const count = 5 + ((hour * 7) % 4)
      whole.add(hour, count)
      parts.add(hour, 2)
      parts.add(hour, count - 2)
    }
    expect(whole.chance(480, 7)).toBeGreaterThan(0.1)
    expect(whole.chance(480, 60)).toBeLessThan(1e-6)
    expect(whole.chance(480, 40)).toBeGreaterThanOrEqual(whole.chance(480, 60))
    expect(parts.chance(480, 20)).toBe(whole.chance(480, 20))
    expect(parts.max).toBe(8)
  })
})
