/** Whether somebody looks at this page now: the tab is in front, and its window has the focus. */
class Attention {
  isHere = $state(isAttended());

  constructor() {
    const look = (): void => {
      this.isHere = isAttended();
    };
    addEventListener('focus', look);
    addEventListener('blur', look);
    document.addEventListener('visibilitychange', look);
  }
}

function isAttended(): boolean {
  return document.visibilityState === 'visible' && document.hasFocus();
}

export const attention = new Attention();
