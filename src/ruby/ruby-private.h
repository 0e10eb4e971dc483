/* What the parts of the Ruby machine share. */
#ifndef MC_RUBY_PRIVATE_H
#define MC_RUBY_PRIVATE_H

#include "ruby/ruby.h"

/* Source and options of an instance of our class Regexp.
 * value: any.   ret_source: a Ruby String.   ret_options: as in mc_value.
 * Returns true when it is one. */
bool mc_ruby__is_regexp(mrb_state *mrb, mrb_value value, mrb_value *ret_source,
                        unsigned *ret_options);

#endif
