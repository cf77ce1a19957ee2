package remediate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// lock keeps other driftmgrs from applying the plan until it is unlocked. The lock goes
// with the process that holds it; its file stays.
func (s *Sealed) lock() (unlock func(), err error) {
	if info, err := s.root.Lstat(lockName); err == nil && !info.Mode().IsRegular() || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is no regular file: the plan was altered", lockName)
	}
	f, err := s.root.OpenFile(lockName, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the plan: %w", err)
	}
	switch ok, err := tryLock(f); {
	case err != nil:
		return nil, errors.Join(fmt.Errorf("lock the plan: %w", err), f.Close())
	case !ok:
		return nil, errors.Join(errors.New("the plan is being applied by another driftmgr: wait until it has ended"), f.Close())
	}
	return func() { _ = f.Close() }, nil
}
