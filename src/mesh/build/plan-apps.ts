import type { Versions } from '../versions.ts'
import { drawImage } from './draw-image.ts'
import { appPrograms } from './programs.ts'
import type { ImageRecipe } from './recipe.ts'

/** What each role of `images/go/sample-apps` stands in for, and the variables that its public image sets. */
const SAMPLES: readonly { readonly app: keyof Versions['apps']; readonly args: Readonly<Record<string, string>> }[] = [
  { app: 'productpage', args: { ROLE: 'productpage' } },
  { app: 'details', args: { ROLE: 'details' } },
  { app: 'reviews-v1', args: { ROLE: 'reviews' } },
  { app: 'reviews-v2', args: { ROLE: 'reviews', ENABLE_RATINGS: 'true' } },
  { app: 'reviews-v3', args: { ROLE: 'reviews', ENABLE_RATINGS: 'true', STAR_COLOR: 'red' } },
  { app: 'ratings', args: { ROLE: 'ratings' } },
  { app: 'testapp-1', args: { ROLE: 'books' } },
  { app: 'testapp-2', args: { ROLE: 'movies' } },
]

/**
 * The images that apps run, each under the name of the public image, so that one manifest serves both sources.
 * @param base The Debian image with the tools that apps ask with.
 */
export async function planApps(versions: Versions, base: ImageRecipe): Promise<ImageRecipe[]> {
  const { apps } = versions
  const { httpbin, tcpEcho, extAuthz, sampleApps, kyvernoAuthz } = await appPrograms(versions)
  const own = 'an equivalent of meshproof with the same HTTP contract'
  return Promise.all([
    drawImage({ title: 'httpbin', name: () => apps.httpbin.image, files: [{ from: httpbin, path: 'go-httpbin' }] }),
    drawImage({ title: 'tcp-echo', name: () => apps['tcp-echo'].image, files: [{ from: tcpEcho, path: 'tcp-echo' }] }),
    drawImage({ title: 'ext-authz', name: () => apps['ext-authz'].image, files: [{ from: extAuthz, path: 'extauthz' }] }),
    drawImage({ title: 'curl', name: () => apps.curl.image, base, files: [], standIn: "Debian's curl and BusyBox" }),
    drawImage({ title: 'capture', name: () => apps.capture.image, base, files: [], standIn: "Debian's tcpdump" }),
    drawImage({ title: 'busybox', name: () => apps.busybox.image, base, files: [], standIn: "Debian's BusyBox" }),
    ...SAMPLES.map(({ app, args }) =>
      drawImage({
        title: app,
        dockerfile: 'sample-app',
        name: () => apps[app].image,
        base,
        args,
        files: [{ from: sampleApps, path: 'sample-apps' }],
        standIn: own,
      }),
    ),
    drawImage({
      title: 'kyverno-authz',
      name: () => apps['kyverno-authz'].image,
      files: [{ from: kyvernoAuthz, path: 'kyverno-authz' }],
      standIn: `an authorizer of meshproof around kyverno-json ${apps['kyverno-authz'].build}`,
    }),
  ])
}
