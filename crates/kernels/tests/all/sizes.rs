//! The structs of arguments.

use ssim_kernels::kernel::Kernel;

#[test]
fn arguments_have_the_layout_of_the_sources() {
    for kernel in Kernel::ALL {
        assert_eq!(kernel.bytes(), kernel.bytes_in_source(), "{}", kernel.name());
    }
}
