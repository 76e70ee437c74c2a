// The small box that says what is under the pointer.

const AWAY = 12;

/**
 * Put a box beside a point of what it lies in: on the right, on the left where there is no room, else above or below.
 *
 * @param {HTMLElement} tip the box, which is filled and shown
 * @param {number} x of the point, in pixels of what it lies in
 * @param {number} y likewise
 */
export function placeTip(tip, x, y) {
  const { clientWidth: width, clientHeight: height } = tip.parentElement;
  const { offsetWidth: wide, offsetHeight: high } = tip;
  const isRight = x + AWAY + wide <= width;
  const isLeft = !isRight && x - AWAY - wide >= 0;
  const left = isRight ? x + AWAY : isLeft ? x - AWAY - wide : Math.max(0, Math.min(x - wide / 2, width - wide));
  const beside = Math.max(0, Math.min(y - 8, height - high));
  const top = isRight || isLeft ? beside : y > height / 2 ? y - AWAY - high : y + AWAY;
  tip.style.left = `${left}px`;
  tip.style.top = `${top}px`;
}
