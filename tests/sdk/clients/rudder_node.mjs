// The shopping journey on @rudderstack/rudder-sdk-node; `analytics` is set up as docs/sdks.md says.
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

const { context, steps } = JSON.parse(readFileSync(process.env.JOURNEY))
const failed = (error) => {
  if (error) {
    console.error(error)
    process.exitCode = 1
  }
}

for (let round = 0; round < Number(process.env.ROUNDS); round++) {
  const who = { anonymousId: `anon-${round}` }
  for (const { call, name, properties, traits, group } of steps) {
    if (call === 'identify') analytics.identify({ ...who, userId: `user-${round}`, traits, context }, failed)
    if (call === 'identify') who.userId = `user-${round}`
    if (call === 'alias') analytics.alias({ userId: who.userId, previousId: who.anonymousId, context }, failed)
    if (call === 'group') analytics.group({ ...who, groupId: group, traits, context }, failed)
    if (call === 'page') analytics.page({ ...who, name, properties, context }, failed)
    if (call === 'track') analytics.track({ ...who, event: name, properties, context }, failed)
  }
  await analytics.flush()
  await analytics.flush() // the first call of a process goes out at once and alone; the rest wait behind it
  await setTimeout(Number(process.env.PAUSE) * 1000)
}
