import { CaptureTag, type Context } from 'liquidjs';

/** `{% capture %}`, whose text counts against the limit of memory as that of filters does: LiquidJS leaves it out. */
export class CountedCapture extends CaptureTag {
  override *render(context: Context): Generator<unknown, void, string> {
    yield* super.render(context);
    context.memoryLimit.use(String(context.bottom()[this.variable]).length);
  }
}
