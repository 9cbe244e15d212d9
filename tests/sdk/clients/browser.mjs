
// The shopping journey on either browser SDK; `analytics` is set up as docs/sdks.md says.
window.shop = async () => {
  const { steps } = await (await fetch('/journey.json')).json()
  analytics.setAnonymousId('anon-0')
  for (const { call, name, properties, traits, group } of steps) {
    if (call === 'identify') await analytics.identify('user-0', traits)
    if (call === 'alias') await analytics.alias('user-0', 'anon-0')
    if (call === 'group') await analytics.group(group, traits)
    if (call === 'page') await analytics.page(name, properties)
    if (call === 'track') await analytics.track(name, properties)
  }
}
analytics.ready(() => (window.ready = true))
