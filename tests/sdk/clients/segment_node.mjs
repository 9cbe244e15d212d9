// The shopping journey on @segment/analytics-node; `analytics` is set up as docs/sdks.md says.
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

const { context, steps } = JSON.parse(readFileSync(process.env.JOURNEY))
analytics.on('error', (problem) => {
  console.error(problem)
  process.exitCode = 1
})

for (let round = 0; round < Number(process.env.ROUNDS); round++) {
  const who = { anonymousId: `anon-${round}` }
  for (const { call, name, properties, traits, group } of steps) {
    if (call === 'identify') analytics.identify({ ...who, userId: `user-${round}`, traits, context })
    if (call === 'identify') who.userId = `user-${round}`
    if (call === 'alias') analytics.alias({ userId: who.userId, previousId: who.anonymousId, context })
    if (call === 'group') analytics.group({ ...who, groupId: group, traits, context })
    if (call === 'page') analytics.page({ ...who, name, properties, context })
    if (call === 'track') analytics.track({ ...who, event: name, properties, context })
  }
  await analytics.flush({ timeout: 60000 })
  await setTimeout(Number(process.env.PAUSE) * 1000)
}
await analytics.closeAndFlush({ timeout: 60000 })
